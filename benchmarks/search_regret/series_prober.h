// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Probes a setting in a World by the library's StepSeries, and lets any of its strategies search.
#pragma once

#include <functional>
#include <memory>

#include "benchmarks/search_regret/contender.h"
#include "benchmarks/search_regret/world.h"
#include "zeus/optimizer/search_strategy.h"
#include "zeus/optimizer/step_series.h"

namespace zeus::search_regret {

struct ProberRules {
  SeriesRules series;
  double settle_time = 0.5;  // s, and 10 steps, are left out after a change of the limit
  bool drops_drift = true;   // the older half of a probe whose halves differ, the reference's not
};

// Steps that are counted without a look at what they say: 40, all of them, whatever they are.
[[nodiscard]] ProberRules plain_rules();

using MakeStrategy = std::function<std::unique_ptr<SearchStrategy>(const World&)>;

[[nodiscard]] SearchOutcome run_strategy(World& world,
                                         const std::shared_ptr<const OptimumSelector>& selector,
                                         const MakeStrategy& make, const ProberRules& rules);

}  // namespace zeus::search_regret
