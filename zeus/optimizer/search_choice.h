// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which strategy an optimizer's options ask for.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "zeus/optimizer/global_power_limit_optimizer.h"
#include "zeus/optimizer/search_around.h"
#include "zeus/optimizer/search_strategy.h"

namespace zeus {

// The limits that the search may probe, highest first.
[[nodiscard]] std::vector<Watts> limits_of_search(const GlobalPowerLimitOptimizerOptions& options,
                                                  PowerLimitRange allowed);

// `limits`: those of limits_of_search(). `gpu_count`: of the whole job.
[[nodiscard]] std::shared_ptr<const SearchStrategy> strategy_of(
    const GlobalPowerLimitOptimizerOptions& options, const std::vector<Watts>& limits,
    std::size_t gpu_count);

// Whether the options have drift watched: `retune_on_drift`, and what it is where nothing is said.
[[nodiscard]] bool watches_drift(const GlobalPowerLimitOptimizerOptions& options);

// What then happens; nothing where nobody watches, or where there is but one limit.
[[nodiscard]] std::optional<RetunePlan> retune_plan_of(
    const GlobalPowerLimitOptimizerOptions& options, const std::vector<Watts>& limits,
    std::size_t gpu_count);

// Chooses by what a finished profile has, without another probe.
[[nodiscard]] SearchDecision choose_by_profile(const GlobalPowerLimitOptimizerOptions& options,
                                               std::span<const ProbeResult> history,
                                               const SearchObjective& objective,
                                               std::size_t gpu_count);

}  // namespace zeus
