// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the sensors of a simulated GPU show, for the calls that read one and for the batched one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "simulator/nvml/driver.h"

namespace simulator {

// The energy counter in mJ, with its ticks and its ordered faults; none: there is no counter.
[[nodiscard]] std::optional<std::uint64_t> read_energy_mj(const SimulatedGpu& gpu);

enum class PowerSensor { kInstant, kAverage };
// In mW, as the architecture's sensors show it: the mean over their window, renewed now and then.
[[nodiscard]] unsigned read_power_mw(const SimulatedGpu& gpu, PowerSensor sensor);

// In degrees C: a room's temperature and what the draw of the last seconds adds to it.
[[nodiscard]] int read_temperature(const SimulatedGpu& gpu);

// The share of the last second that was spent in steps, in percent.
[[nodiscard]] unsigned read_utilization(const SimulatedGpu& gpu);

// How much memory is taken, and by whom. In bytes.
struct MemoryUse {
  unsigned long long total = 0;
  unsigned long long reserved = 0;     // by the driver
  unsigned long long used = 0;         // by processes
  unsigned long long per_process = 0;  // of it, by each
  std::vector<std::int32_t> processes;
};

// The processes share what is there when they would need more.
[[nodiscard]] MemoryUse memory_use(const SimulatedGpu& gpu);

}  // namespace simulator
