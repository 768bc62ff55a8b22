// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the sensors of a simulated GPU show, for the calls that read one and for the batched one.
#pragma once

#include <cstdint>
#include <optional>

#include "simulator/nvml/driver.h"

namespace simulator {

// The energy counter in mJ, with its ticks and its ordered faults; none: there is no counter.
[[nodiscard]] std::optional<std::uint64_t> read_energy_mj(Driver& driver, unsigned index);

enum class PowerSensor { kInstant, kAverage };
// In mW, as the architecture's sensors show it: the mean over their window, renewed now and then.
[[nodiscard]] unsigned read_power_mw(Driver& driver, unsigned index, PowerSensor sensor);

// In degrees C: a room's temperature and what the draw of the last seconds adds to it.
[[nodiscard]] int read_temperature(Driver& driver, unsigned index);

// The share of the last second that was spent in steps, in percent.
[[nodiscard]] unsigned read_utilization(Driver& driver, unsigned index);

}  // namespace simulator
