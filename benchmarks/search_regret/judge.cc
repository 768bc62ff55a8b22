// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/search_regret/judge.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "zeus/optimizer/selectors.h"

namespace zeus::search_regret {
namespace {

class Truth {
 public:
  Truth(const World& world, const Goal& goal)
      : world_(world), goal_(goal), ceiling_(world.curve().ceiling) {}

  // Of one step.
  [[nodiscard]] double value(double limit) const {
    const double time = world_.mean_time(limit);
    const double energy = time * world_.mean_power(limit);
    switch (goal_.measure) {
      case Measure::kEnergy:
        return energy;
      case Measure::kTime:
        return time;
      case Measure::kCost:
        break;
    }
    return 0.5 * energy + 0.5 * ceiling_ * time;
  }

  [[nodiscard]] bool is_within(double limit, double factor) const {
    return goal_.slowdown == 0 || world_.mean_time(limit) <= factor * world_.mean_time(ceiling_);
  }

  // Of these limits, the highest first.
  [[nodiscard]] double best(const std::vector<double>& limits) const {
    double best = value(ceiling_);
    for (const double limit : limits) {
      if (!is_within(limit, goal_.slowdown)) continue;
      best = goal_.lowest_limit ? value(limit) : std::min(best, value(limit));
    }
    return best;
  }

 private:
  const World& world_;
  const Goal& goal_;
  double ceiling_;
};

double job_regret(const World& world, const Truth& truth, double choice, double best, int steps) {
  double spent = 0;
  int left = steps;
  for (const StepsAtLimit& stretch : world.trace()) {
    const int counted = std::min(left, stretch.steps);
    spent += counted * truth.value(stretch.limit);
    left -= counted;
  }
  spent += left * truth.value(choice);
  return spent / (steps * best) - 1;
}

std::vector<double> all_limits(const TrueCurve& curve) {
  std::vector<double> limits;
  const auto watts = static_cast<int>(curve.ceiling - curve.floor);
  for (int below = 0; below <= watts; ++below) limits.push_back(curve.ceiling - below);
  return limits;
}

std::vector<double> tried_limits(const World& world) {
  std::vector<double> limits;
  for (const StepsAtLimit& stretch : world.trace()) limits.push_back(stretch.limit);
  std::ranges::sort(limits, std::greater());
  return limits;
}

}  // namespace

std::vector<Goal> goals() {
  return {
      {.name = "Energy", .selector = std::make_shared<Energy>()},
      {.name = "Time", .measure = Measure::kTime, .selector = std::make_shared<Time>()},
      {.name = "ZeusCost", .measure = Measure::kCost, .selector = std::make_shared<ZeusCost>(0.5)},
      {.name = "MaxSlowdown 1.1",
       .slowdown = 1.1,
       .lowest_limit = true,
       .selector = std::make_shared<MaxSlowdownConstraint>(1.1)},
      {.name = "LeastEnergyWithin 1.1",
       .slowdown = 1.1,
       .selector = std::make_shared<LeastEnergyWithinSlowdown>(1.1)}};
}

Verdict judge(const World& world, const Goal& goal, const SearchOutcome& outcome) {
  const Truth truth(world, goal);
  const double choice = outcome.choice.value();
  const double best = truth.best(all_limits(world.curve()));
  Verdict verdict;
  // What breaks the bound may well be better than the best within it.
  verdict.regret = std::max(0.0, truth.value(choice) / best - 1);
  const double best_tried = truth.best(tried_limits(world));
  verdict.regret_of_tried = std::max(0.0, truth.value(choice) / best_tried - 1);
  verdict.is_broken = !truth.is_within(choice, goal.slowdown * kBoundSlack);
  verdict.job_10000 = job_regret(world, truth, choice, best, 10'000);
  verdict.job_1000 = job_regret(world, truth, choice, best, 1'000);
  verdict.ceiling = truth.value(world.curve().ceiling) / best - 1;
  return verdict;
}

}  // namespace zeus::search_regret
