// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The adaptive search where time is bounded, and where the reference is in doubt.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <variant>
#include <vector>

#include "tests/optimizer/made_up_job.h"
#include "zeus/optimizer/adaptive_strategy.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

TEST(AdaptiveStrategy, a_flat_job_with_a_bound_takes_the_floor) {
  const Search found = search({.draw = 60, .noise = 0.003},
                              objective_of(std::make_shared<MaxSlowdownConstraint>(1.1)));
  EXPECT_EQ(found.history.size(), 2U);
  EXPECT_EQ(found.chosen(), 100);
}

// Its power is flat, but the lowest limits slow it down all the same.
TEST(AdaptiveStrategy, a_flat_job_that_the_floor_slows_too_much_is_searched) {
  const auto time = [](Watts limit) { return limit < Watts(140) ? 1.15 : 1.0; };
  const AdaptiveStrategy strategy(1);
  const auto bound = objective_of(std::make_shared<MaxSlowdownConstraint>(1.1));
  History history;
  SearchDecision decision = strategy.next(history, bound);
  while (std::holds_alternative<ProbeNext>(decision) && history.size() < 30) {
    history.push_back(Job{.draw = 60}.probe(setting_of(decision).power_limit));
    ProbeResult& last = history.back();
    const double seconds = time(last.setting.power_limit);
    last.time = Seconds(seconds);
    last.time_error = Seconds(0.003);
    last.energy = Joules(60 * seconds);
    decision = strategy.next(history, bound);
  }
  EXPECT_EQ(time(setting_of(decision).power_limit), 1.0);
  EXPECT_LT(setting_of(decision).power_limit, Watts(230));
}

// The prior takes it for noise that a limit far above the draw is slow.
TEST(AdaptiveStrategy, a_limit_whose_own_probes_broke_the_bound_is_not_chosen) {
  const Job job{.draw = 60};
  History history;
  for (const double limit : {250.0, 100.0, 250.0, 100.0})
    history.push_back(job.probe(Watts(limit)));
  for (ProbeResult& it : history) {
    if (it.setting.power_limit == Watts(100)) it.time = 1.13 * it.time;
  }
  const AdaptiveStrategy strategy(1, {.most_probes = 0});
  const auto bound = objective_of(std::make_shared<MaxSlowdownConstraint>(1.1));
  EXPECT_NE(setting_of(strategy.next(history, bound)).power_limit, Watts(100));
}

// By it, limits would seem to slow the job down too little.
TEST(AdaptiveStrategy, a_reference_that_drifted_is_measured_again_at_once) {
  const AdaptiveStrategy strategy(1);
  const SearchDecision ceiling(ProbeNext{{.power_limit = Watts(250)}});
  for (const std::shared_ptr<const OptimumSelector>& selector :
       std::vector<std::shared_ptr<const OptimumSelector>>{
           std::make_shared<Energy>(), std::make_shared<MaxSlowdownConstraint>(1.1)}) {
    History history{Job().probe(Watts(250))};
    EXPECT_NE(strategy.next(history, objective_of(selector)), ceiling);
    history.front().drifts = true;
    EXPECT_EQ(strategy.next(history, objective_of(selector)), ceiling);
    history.push_back(history.front());  // once is enough
    EXPECT_NE(strategy.next(history, objective_of(selector)), ceiling);
  }
}

TEST(AdaptiveStrategy, a_bound_is_kept_and_measured_twice) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Job job{.noise = 0.01, .random = std::mt19937(seed)};
    const Search found = search(job, objective_of(std::make_shared<MaxSlowdownConstraint>(1.1)));
    EXPECT_LE(job.time(found.chosen()), 1.1 * 1.02 * job.time(250)) << seed;
    EXPECT_LT(found.chosen(), 220) << seed;
    EXPECT_GE(found.probes_of(250), 2) << seed;
    EXPECT_GE(found.probes_of(found.chosen()), 2) << seed;
    EXPECT_LE(found.history.size(), 8U) << seed;
  }
}

TEST(AdaptiveStrategy, least_energy_within_a_slowdown_keeps_it) {
  const Job job{.steepness = 1.5, .noise = 0.003};
  const Search found = search(job, objective_of(std::make_shared<LeastEnergyWithinSlowdown>(1.1)));
  EXPECT_LE(job.time(found.chosen()), 1.1 * 1.02 * job.time(250));
  EXPECT_LT(job.energy(found.chosen()), 0.9 * job.energy(250));
}

// Every other probe counts its long steps, which make it 30 % longer: no limit is slower by that.
TEST(AdaptiveStrategy, long_steps_count_in_all_probes_or_in_none) {
  const Job job;
  History history;
  for (const double limit : {250.0, 200.0, 175.0, 150.0, 125.0, 250.0, 175.0}) {
    ProbeResult result = job.probe(Watts(limit));
    const bool are_counted = history.size() % 2 == 1;
    result.steps = 200;
    result.long_steps = {.share = 0.2, .times = 2.5, .are_counted = are_counted};
    if (are_counted) {
      result.time = 1.3 * result.time;
      result.energy = 1.3 * result.energy;
    }
    history.push_back(result);
  }
  const AdaptiveStrategy strategy(1, {.most_probes = 0});
  const auto bound = objective_of(std::make_shared<MaxSlowdownConstraint>(1.1));
  const double choice = setting_of(strategy.next(history, bound)).power_limit.value();
  EXPECT_EQ(choice, 175);
}

// A probe that drifts is left out once there is another, but it was one.
TEST(AdaptiveStrategy, ends_where_every_repeat_drifts) {
  const Job job;
  const AdaptiveStrategy strategy(1);
  const auto bound = objective_of(std::make_shared<MaxSlowdownConstraint>(1.1));
  History history;
  while (history.size() < 30) {
    const SearchDecision decision = strategy.next(history, bound);
    if (std::holds_alternative<Choose>(decision)) break;
    const Watts limit = setting_of(decision).power_limit;
    const bool is_repeat = std::ranges::any_of(
        history, [limit](const ProbeResult& it) { return it.setting.power_limit == limit; });
    history.push_back(job.probe(limit));
    history.back().drifts = is_repeat;
  }
  EXPECT_LE(history.size(), 12U);
}

}  // namespace
}  // namespace zeus::testing
