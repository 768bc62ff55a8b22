// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/search_choice.h"

#include "zeus/optimizer/adaptive_strategy.h"
#include "zeus/optimizer/confirming_sweep.h"
#include "zeus/optimizer/limits_to_probe.h"
#include "zeus/optimizer/sweep_strategy.h"

namespace zeus {
namespace {

using Options = GlobalPowerLimitOptimizerOptions;

bool is_adaptive(const Options& options) { return options.search == SearchKind::kAdaptive; }

}  // namespace

std::vector<Watts> limits_of_search(const Options& options, PowerLimitRange allowed) {
  if (is_adaptive(options)) return grid_of(allowed);
  return limits_to_probe(allowed.max, allowed.min, options.pl_step);
}

std::shared_ptr<const SearchStrategy> strategy_of(const Options& options,
                                                  const std::vector<Watts>& limits,
                                                  std::size_t gpu_count) {
  if (is_adaptive(options)) return std::make_shared<AdaptiveStrategy>(gpu_count);
  if (options.wanted_error) return std::make_shared<ConfirmingSweep>(limits);
  return std::make_shared<SweepStrategy>(limits);
}

// The adaptive search and the sure one are new with this library. A plain sweep is the one that
// scripts know from the Python package, which never tunes again.
bool watches_drift(const Options& options) {
  return options.retune_on_drift.value_or(is_adaptive(options) || options.wanted_error.has_value());
}

std::optional<RetunePlan> retune_plan_of(const Options& options, const std::vector<Watts>& limits,
                                         std::size_t gpu_count) {
  if (!watches_drift(options) || limits.size() < 2) return std::nullopt;
  RetunePlan plan{.interval = options.drift_interval, .strategy = nullptr};
  if (is_adaptive(options)) {
    const std::shared_ptr<const SearchStrategy> search = strategy_of(options, limits, gpu_count);
    plan.strategy = [search, highest = limits.front()](Watts choice) {
      return std::make_shared<ProbeFirst>(std::vector{highest, choice}, search);
    };
  } else {
    plan.strategy = [limits, confirms = options.wanted_error.has_value()](Watts choice) {
      return std::make_shared<NeighbourhoodSweep>(limits, choice, confirms);
    };
  }
  return plan;
}

SearchDecision choose_by_profile(const Options& options, std::span<const ProbeResult> history,
                                 const SearchObjective& objective, std::size_t gpu_count) {
  if (is_adaptive(options)) {
    return AdaptiveStrategy(gpu_count, {.most_probes = 0}).next(history, objective);
  }
  if (options.wanted_error) return choose_known(history, objective);
  return SweepStrategy({}).next(history, objective);
}

}  // namespace zeus
