// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a selector wants, in terms of a belief: the least of a cost that is a function of time and
// power, a bound on time, or whatever it picks from a list. Pure.
#pragma once

#include <cstddef>
#include <optional>

#include "zeus/optimizer/knob_prior.h"
#include "zeus/optimizer/search_strategy.h"

namespace zeus {

/// eta (P + host) T + (1 - eta) max_power T, whose logarithm is minimized. Energy: eta 1. Time: eta
/// 0.
struct LeastCost {
  double eta = 1;
  Watts max_power{1};
  Watts host_power{};

  /// The logarithm of the cost, of those of time and power.
  [[nodiscard]] double of(double time, double power) const;
  /// How the logarithm of the cost at point `i` less that at `j` is distributed.
  [[nodiscard]] BeliefMoments difference(const BeliefUnder& belief, std::size_t i,
                                         std::size_t j) const;
  /// By how much a reading of `i`, with noise of these variances, would reduce that variance.
  [[nodiscard]] double reduction(const BeliefUnder& belief, std::size_t i, std::size_t j,
                                 double time_noise, double power_noise) const;
  /// Mean and variance at one point.
  [[nodiscard]] BeliefMoments at(const BeliefUnder& belief, std::size_t i) const;

 private:
  // What costs beside the GPUs' power.
  [[nodiscard]] double constant() const {
    return eta * host_power.value() + (1 - eta) * max_power.value();
  }
  // The derivative by ln P.
  [[nodiscard]] double power_share(const BeliefUnder& belief, std::size_t i) const;
};

/// What a selector wants. Neither: only the selector itself knows.
struct SearchGoal {
  std::optional<LeastCost> cost;
  std::optional<double> slowdown;   // the factor that time may grow by
  bool wants_lowest_limit = false;  // of those within the slowdown
};

/// What the objective's selector wants.
[[nodiscard]] SearchGoal goal_of(const SearchObjective& objective);

/// How ln T at point `i` less that at `j` is distributed.
[[nodiscard]] BeliefMoments slowdown(const BeliefUnder& belief, std::size_t i, std::size_t j);

}  // namespace zeus
