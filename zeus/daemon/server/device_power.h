// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How the power of GPUs and CPUs is read: a GPU tells it, a CPU's is the growth of its energy.
#pragma once

#include <memory>
#include <vector>

#include "zeus/daemon/server/power_streams.h"
#include "zeus/device/cpu.h"
#include "zeus/device/gpu.h"

namespace zeus::daemon {

// The draw of this moment where the GPU tells it, else its average. Throws what the driver answers.
[[nodiscard]] Watts power_now(const Gpu& gpu);

[[nodiscard]] ReadPower gpu_power_reader(std::vector<std::shared_ptr<Gpu>> gpus);

// The mean since the reading before, if that was within the last second.
[[nodiscard]] ReadPower cpu_power_reader(std::vector<VisibleCpu> cpus);

}  // namespace zeus::daemon
