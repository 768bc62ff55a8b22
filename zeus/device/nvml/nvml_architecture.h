// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What NVML doesn't tell about a GPU but its architecture does. Pure functions.
#pragma once

#include "zeus/device/gpu.h"

namespace zeus::nvml {

// NVML's number (nvmlDeviceArchitecture_t). Numbers newer than this list are kUnknown.
[[nodiscard]] GpuArchitecture architecture_of(unsigned number);

// How often the energy counter moves: about every 20 ms on Volta, every 100 ms since.
[[nodiscard]] Seconds counter_period_of(GpuArchitecture architecture);

enum class PowerUsageMeans { kInstant, kAverage };

// What nvmlDeviceGetPowerUsage() tells: power averaged over 1 s on Ampere (except GA100, which is
// compute capability 8.0) and later, instantaneous power before. Source: nvml.h.
[[nodiscard]] PowerUsageMeans power_usage_of(GpuArchitecture architecture, bool is_ga100);

}  // namespace zeus::nvml
