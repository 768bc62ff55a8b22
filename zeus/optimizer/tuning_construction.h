// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a GlobalPowerLimitOptimizer does before its first step: checks parameters, rights and files,
// agrees with the other ranks, and loads what is known.
#pragma once

#include <memory>

#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"
#include "zeus/optimizer/tuning.h"

namespace zeus {

// Throws as the optimizer's constructor says.
[[nodiscard]] std::unique_ptr<Tuning> construct_tuning(
    ZeusMonitor& monitor, Heartbeat& heartbeat, const GlobalPowerLimitOptimizerOptions& options);

}  // namespace zeus
