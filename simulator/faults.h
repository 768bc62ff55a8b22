// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts the calls of this process and says which of them shall fail. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "simulator/nvml_abi.h"
#include "simulator/scenario.h"

namespace simulator {

class Faults {
 public:
  Faults(const std::vector<CodeFault>& codes, const std::vector<CounterFault>& counters);

  // What a call of `function` shall answer; `gpu` is empty for calls that are not for one GPU.
  // Counts the call.
  [[nodiscard]] nvmlReturn_t on_call(std::string_view function, std::optional<unsigned> gpu);
  // The same for one entry of nvmlDeviceGetFieldValues.
  [[nodiscard]] nvmlReturn_t on_field(unsigned gpu, unsigned field);
  // How much too little this reading of the energy counter shows. Counts the reading.
  [[nodiscard]] std::uint64_t counter_back_mj(unsigned gpu);

 private:
  [[nodiscard]] nvmlReturn_t answer(std::string_view function, std::optional<unsigned> gpu,
                                    std::optional<unsigned> field);

  std::vector<CodeFault> codes_;
  std::vector<CounterFault> counters_;
  std::vector<std::atomic<std::uint64_t>> calls_;  // one a code fault
  std::vector<std::atomic<std::uint64_t>> readings_;
};

}  // namespace simulator
