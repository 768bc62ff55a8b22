// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a GlobalPowerLimitOptimizer does before its first step: checks parameters, rights and files,
// agrees with the other ranks, and loads what is known.
#pragma once

#include <memory>

#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"
#include "zeus/optimizer/power_limit_sweep.h"

namespace zeus {

// Throws as the optimizer's constructor says.
[[nodiscard]] std::unique_ptr<PowerLimitSweep> construct_sweep(
    ZeusMonitor& monitor, const GlobalPowerLimitOptimizerOptions& options);

}  // namespace zeus
