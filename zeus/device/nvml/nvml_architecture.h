// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What NVML doesn't tell about a GPU but its architecture does. Pure functions.
#pragma once

#include "zeus/units.h"

namespace zeus::nvml {

enum class Architecture {
  kOther,
  kKepler,
  kMaxwell,
  kPascal,
  kVolta,
  kTuring,
  kAmpere,
  kAda,
  kHopper,
  kBlackwell,
};

// For example "Volta".
[[nodiscard]] const char* to_string(Architecture architecture);

// NVML's number (nvmlDeviceArchitecture_t). Numbers newer than this list are kOther.
[[nodiscard]] Architecture architecture_of(unsigned number);

// How often the energy counter moves: about every 20 ms on Volta, every 100 ms since.
[[nodiscard]] Seconds counter_period_of(Architecture architecture);

enum class PowerUsageMeans { kInstant, kAverage };

// What nvmlDeviceGetPowerUsage() tells: power averaged over 1 s on Ampere (except GA100, which is
// compute capability 8.0) and later, instantaneous power before. Source: nvml.h.
[[nodiscard]] PowerUsageMeans power_usage_of(Architecture architecture, bool is_ga100);

}  // namespace zeus::nvml
