// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How much memory of a GPU is taken, and by whom. In bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "simulator/nvml/driver.h"

namespace simulator {

struct MemoryUse {
  unsigned long long total = 0;
  unsigned long long reserved = 0;     // by the driver
  unsigned long long used = 0;         // by processes
  unsigned long long per_process = 0;  // of it, by each
  std::vector<std::int32_t> processes;
};

// The processes share what is there when they would need more.
[[nodiscard]] MemoryUse memory_use(Driver& driver, unsigned index);

}  // namespace simulator
