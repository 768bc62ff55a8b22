// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/search_goal.h"

#include <cmath>

#include "zeus/optimizer/selectors.h"

namespace zeus {

double LeastCost::power_share(const BeliefUnder& belief, std::size_t i) const {
  const double power = eta * std::exp(belief.power.mean(i));
  return power / (power + constant());
}

double LeastCost::of(double time, double power) const {
  return time + std::log(eta * std::exp(power) + constant());
}

BeliefMoments LeastCost::at(const BeliefUnder& belief, std::size_t i) const {
  const double share = power_share(belief, i);
  return {.mean = of(belief.time.mean(i), belief.power.mean(i)),
          .variance = belief.time.variance(i) + share * share * belief.power.variance(i)};
}

BeliefMoments LeastCost::difference(const BeliefUnder& belief, std::size_t i, std::size_t j) const {
  const double a = power_share(belief, i);
  const double b = power_share(belief, j);
  const GaussianCurve& power = belief.power;
  return {.mean = at(belief, i).mean - at(belief, j).mean,
          .variance = slowdown(belief, i, j).variance + a * a * power.variance(i) +
                      b * b * power.variance(j) - 2 * a * b * power.covariance(i, j)};
}

double LeastCost::reduction(const BeliefUnder& belief, std::size_t i, std::size_t j,
                            double time_noise, double power_noise) const {
  const double a = power_share(belief, i);
  const double b = power_share(belief, j);
  const double time = belief.time.reading_covariance(i, i) - belief.time.reading_covariance(i, j);
  const double power =
      a * belief.power.reading_covariance(i, i) - b * belief.power.reading_covariance(i, j);
  return time * time / (belief.time.reading_variance(i) + time_noise) +
         power * power / (belief.power.reading_variance(i) + power_noise);
}

BeliefMoments slowdown(const BeliefUnder& belief, std::size_t i, std::size_t j) {
  const GaussianCurve& time = belief.time;
  const double variance = time.variance(i) + time.variance(j) - 2 * time.covariance(i, j);
  return {.mean = time.mean(i) - time.mean(j), .variance = variance > 0 ? variance : 0.0};
}

SearchGoal goal_of(const SearchObjective& objective) {
  const OptimumSelector& selector = *objective.selector;
  const Watts host = objective.host_power;
  SearchGoal goal;
  if (dynamic_cast<const Energy*>(&selector) != nullptr) {
    goal.cost = LeastCost{.eta = 1, .host_power = host};
  } else if (dynamic_cast<const Time*>(&selector) != nullptr) {
    goal.cost = LeastCost{.eta = 0};
  } else if (const auto* cost = dynamic_cast<const ZeusCost*>(&selector)) {
    goal.cost = LeastCost{.eta = cost->eta_knob(),
                          .max_power = objective.allowed.max * cost->world_size(),
                          .host_power = host};
  } else if (const auto* bound = dynamic_cast<const MaxSlowdownConstraint*>(&selector)) {
    goal.slowdown = bound->factor();
    goal.wants_lowest_limit = true;
  } else if (const auto* least = dynamic_cast<const LeastEnergyWithinSlowdown*>(&selector)) {
    goal.slowdown = least->factor();
    goal.cost = LeastCost{.eta = 1, .host_power = host};
  }
  return goal;
}

}  // namespace zeus
