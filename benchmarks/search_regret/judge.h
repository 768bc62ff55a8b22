// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How good a choice is, by the true curve.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "benchmarks/search_regret/contender.h"
#include "benchmarks/search_regret/world.h"
#include "zeus/optimizer/optimum_selector.h"

namespace zeus::search_regret {

enum class Measure { kEnergy, kTime, kCost };

// A selector, and what it minimizes: over all limits, or over those within a slowdown.
struct Goal {
  std::string name;
  Measure measure = Measure::kEnergy;
  double slowdown = 0.0;      // 0: no bound
  bool lowest_limit = false;  // the lowest limit within the bound is wanted, whatever it costs
  std::shared_ptr<const OptimumSelector> selector;
};

[[nodiscard]] std::vector<Goal> goals();

// A choice that is slower than its bound by more than this is broken.
inline constexpr double kBoundSlack = 1.02;

struct Verdict {
  double regret = 0.0;           // over the best of all limits, 0.01 is a percent
  double regret_of_tried = 0.0;  // over the best of the limits that were tried
  bool is_broken = false;
  double job_10000 = 0.0;  // the same for a job of so many steps, the search's included
  double job_1000 = 0.0;
  double ceiling = 0.0;  // the regret of a job that is not tuned
};

[[nodiscard]] Verdict judge(const World& world, const Goal& goal, const SearchOutcome& outcome);

}  // namespace zeus::search_regret
