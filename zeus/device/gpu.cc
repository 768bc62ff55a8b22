// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/gpu.h"

#include "zeus/error.h"

namespace zeus {

PowerLimitRange Gpu::settable_power_limits() const { return power_limit_range(); }

std::optional<MegaHertz> Gpu::clock() const { return std::nullopt; }

std::optional<ClockReasons> Gpu::clock_reasons() const { return std::nullopt; }

std::string Gpu::restore_command(Watts /*limit*/) const { return {}; }

GpuControls& Gpu::controls() {
  throw ZeusGPUNotSupportedError("this GPU has no settings beside its power limit");
}

}  // namespace zeus
