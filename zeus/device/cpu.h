// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One CPU package (socket), however its energy is read. Methods are thread-safe and throw a
// ZeusBaseCPUError (zeus/error.h) when reading fails.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "zeus/units.h"

namespace zeus {

struct CpuInfo {
  std::string name;       // for example "package-0"
  bool has_dram = false;  // the package's memory is measured, too
};

struct CpuEnergy {
  Joules package;
  std::optional<Joules> dram{};  // where info().has_dram
};

class Cpu {
 public:
  Cpu() = default;
  Cpu(const Cpu&) = delete;
  Cpu& operator=(const Cpu&) = delete;
  virtual ~Cpu() = default;

  [[nodiscard]] virtual const CpuInfo& info() const = 0;

  // Energy since this object was made; never goes back. A stretch in which the counter started
  // again is left out.
  [[nodiscard]] virtual CpuEnergy total_energy() = 0;
};

// A CPU package and its number on this machine.
struct VisibleCpu {
  int index = 0;
  std::shared_ptr<Cpu> cpu;
};

}  // namespace zeus
