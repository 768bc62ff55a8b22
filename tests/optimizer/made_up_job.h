// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Made-up jobs, and an adaptive search of one: no GPU, no clock, no ranks.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <random>
#include <utility>
#include <variant>
#include <vector>

#include "zeus/optimizer/adaptive_strategy.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {

using History = std::vector<ProbeResult>;

// A job that slows down under a limit: step time 1 s and `draw` watts where none acts.
struct Job {
  double draw = 230;
  double steepness = 1;  // how much a limit slows it down
  double acts_from = 1;  // limits act as they do below the draw from this many times it on
  double noise = 0;      // relative, of a probe
  bool says_errors = true;
  int gpus = 1;
  double between = 0;  // J, spent between epochs, which the counter cannot tell from the steps'
  mutable std::mt19937 random{1};

  [[nodiscard]] double time(double limit) const {
    const double e = limit / (acts_from * draw);
    return 1 + steepness * 0.45 * std::exp(-5.5 * (e - 0.5));
  }
  [[nodiscard]] double power(double limit) const { return std::min(draw, 0.98 * limit); }
  [[nodiscard]] double energy(double limit) const { return time(limit) * power(limit); }

  [[nodiscard]] ProbeResult probe(Watts limit) const {
    std::normal_distribution<double> normal(0, noise);
    const double seconds = time(limit.value()) * std::exp(normal(random));
    const double joules =
        gpus * (power(limit.value()) * seconds * std::exp(normal(random)) + between);
    ProbeResult result{.setting = {.power_limit = limit},
                       .energy = Joules(joules),
                       .time = Seconds(seconds),
                       .steps = 40};
    if (says_errors) {
      result.energy_error = Joules(0.003 * joules);
      result.time_error = Seconds(0.003 * seconds);
    }
    return result;
  }
};

inline SearchObjective objective_of(std::shared_ptr<const OptimumSelector> selector,
                                    double lowest = 100, double highest = 250) {
  return {.selector = std::move(selector), .allowed = {Watts(lowest), Watts(highest)}};
}

struct Search {
  History history;
  Choose choice;

  [[nodiscard]] double chosen() const { return choice.setting.power_limit.value(); }
  [[nodiscard]] int probes_of(double limit) const {
    int count = 0;
    for (const ProbeResult& it : history) count += same_limit(it.setting.power_limit, Watts(limit));
    return count;
  }
};

inline Search search(const Job& job, const SearchObjective& objective, History history = {}) {
  const AdaptiveStrategy strategy(static_cast<std::size_t>(job.gpus));
  Search result{.history = std::move(history), .choice = {}};
  while (result.history.size() < 100) {
    const SearchDecision decision = strategy.next(result.history, objective);
    if (const auto* choice = std::get_if<Choose>(&decision)) {
      result.choice = *choice;
      return result;
    }
    result.history.push_back(job.probe(setting_of(decision).power_limit));
  }
  ADD_FAILURE() << "the search does not end";
  return result;
}

inline double least_energy(const Job& job, double lowest, double highest) {
  double best = INFINITY;
  for (double limit = lowest; limit <= highest; ++limit) best = std::min(best, job.energy(limit));
  return best;
}

}  // namespace zeus::testing
