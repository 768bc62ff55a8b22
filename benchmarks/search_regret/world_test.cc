// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// That the world which searches are judged in keeps its promises.
#include "benchmarks/search_regret/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "benchmarks/search_regret/contender.h"
#include "benchmarks/search_regret/judge.h"
#include "benchmarks/search_regret/report.h"
#include "benchmarks/search_regret/true_curve.h"

namespace zeus::search_regret {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;

const TrueCurve& convolutions() {
  static const TrueCurve curve = modelled_curves().front();
  return curve;
}

Scenario exact() {
  Scenario scenario{.name = "exact"};
  scenario.step_scatter = scenario.power_scatter = 0;
  return scenario;
}

// Trains so many steps, the last one to its end.
void train(World& world, int steps) {
  while (world.steps() < steps) world.next();
}

TEST(TrueCurve, is_relative_to_the_ceiling_and_falls_with_the_limit) {
  const TrueCurve& curve = convolutions();
  EXPECT_DOUBLE_EQ(curve.time(curve.ceiling), 1);
  EXPECT_GT(curve.time(curve.floor), 1.2);
  EXPECT_LT(curve.power(curve.floor), 1.05 * curve.floor);
  EXPECT_NEAR(curve.time(450.5), (curve.time(450) + curve.time(451)) / 2, 1e-12);
  EXPECT_EQ(curve.time(900), curve.time(curve.ceiling));
}

TEST(World, a_step_takes_its_time_and_its_power) {
  const Scenario scenario = exact();
  World world(convolutions(), scenario, 1);
  const double start = world.now();
  train(world, 40);
  EXPECT_NEAR(world.now() - start, 40 * scenario.step, 0.02);
}

TEST(World, the_counter_shows_what_was_drawn_up_to_its_last_tick) {
  const Scenario scenario = exact();
  World world(convolutions(), scenario, 1);
  train(world, 4);
  const double power = convolutions().power(700);
  double before = world.read_counter();
  const double begin = world.now();
  train(world, 400);
  const double drawn = world.read_counter() - before;
  EXPECT_NEAR(drawn, power * (world.now() - begin), power * World::kTick);
  before = world.read_counter();
  EXPECT_EQ(world.read_counter(), before) << "no tick in 0.3 ms, or the seed is unlucky";
}

TEST(World, a_limit_comes_into_force_and_slows_the_steps) {
  const Scenario scenario = exact();
  World world(convolutions(), scenario, 1);
  train(world, 10);
  world.set_limit(300);
  train(world, 20);
  const double begin = world.now();
  train(world, 40);
  EXPECT_NEAR((world.now() - begin) / 20, scenario.step * convolutions().time(300), 1e-3);
  ASSERT_EQ(world.trace().size(), 2U);
  EXPECT_EQ(world.trace()[0].steps, 10);
  EXPECT_EQ(world.trace()[1].limit, 300);
}

TEST(World, a_host_that_is_ahead_hands_steps_over_before_they_begin) {
  Scenario scenario = exact();
  scenario.host_ahead = 2;
  World world(convolutions(), scenario, 1);
  train(world, 2);
  const double early = world.now();
  world.wait_for_gpu();
  EXPECT_GT(world.now() - early, 1.9 * scenario.step);
}

TEST(World, epochs_have_gaps_between_them) {
  Scenario scenario = exact();
  scenario.epoch_steps = 3;
  World world(convolutions(), scenario, 1);
  using enum World::Event;
  for (int epoch = 0; epoch < 2; ++epoch) {
    EXPECT_EQ(world.next(), kEpochBegin);
    for (int step = 0; step < 3; ++step) EXPECT_EQ(world.next(), kStepBegin);
    const double begin = world.now();
    EXPECT_EQ(world.next(), kEpochEnd);
    EXPECT_NEAR(world.now() - begin, scenario.step, 0.01);
  }
}

TEST(World, means_are_those_of_many_steps) {
  for (const bool is_fixed : {false, true}) {
    Scenario scenario = exact();
    scenario.cycles = true;
    scenario.long_is_fixed = is_fixed;
    World world(convolutions(), scenario, 3);
    world.set_limit(350);
    train(world, 40);
    const double begin = world.now();
    const double shown = world.read_counter();
    train(world, 40 + 8400);  // cycles of 4, 5, 6, 7 and 8 all end there
    const double time = (world.now() - begin) / 8400;
    EXPECT_NEAR(time / (scenario.step * world.mean_time(350)), 1, 0.002);
    const double power = (world.read_counter() - shown) / (world.now() - begin);
    EXPECT_NEAR(power / world.mean_power(350), 1, 0.002);
  }
}

TEST(World, is_the_same_for_the_same_seed) {
  const Scenario scenario{.name = "noise"};
  World one(convolutions(), scenario, 7);
  World same(convolutions(), scenario, 7);
  World other(convolutions(), scenario, 8);
  train(one, 100);
  train(same, 100);
  train(other, 100);
  EXPECT_EQ(one.now(), same.now());
  EXPECT_NE(one.now(), other.now());
}

TEST(Judge, the_best_limit_has_no_regret_and_a_broken_bound_is_told) {
  const Scenario scenario = exact();
  const World world(convolutions(), scenario, 1);
  for (const Goal& goal : goals()) {
    double least = 1e9;
    for (int watts = 200; watts <= 700; ++watts) {
      const double limit = watts;
      const Verdict verdict = judge(world, goal, {.choice = Watts(limit)});
      EXPECT_GE(verdict.regret, 0);
      if (!verdict.is_broken) least = std::min(least, verdict.regret);
      EXPECT_EQ(verdict.is_broken,
                goal.slowdown > 0 && convolutions().time(limit) > goal.slowdown * kBoundSlack);
    }
    EXPECT_NEAR(least, 0, 1e-12) << goal.name;
  }
}

TEST(Contenders, choose_well_where_nothing_disturbs) {
  const Scenario scenario = exact();
  for (const Contender& contender : contenders()) {
    for (const Goal& goal : goals()) {
      World world(convolutions(), scenario, 1);
      const SearchOutcome outcome = contender.search(world, goal.selector);
      const Verdict verdict = judge(world, goal, outcome);
      EXPECT_FALSE(outcome.keeps_prior) << contender.name;
      EXPECT_FALSE(verdict.is_broken) << contender.name;
      // Of two limits of the same worth either may be chosen; few probes are less sure of a bound.
      const double most = contender.name == "adaptive" && goal.slowdown > 0 ? 0.06 : 0.01;
      EXPECT_LT(verdict.regret_of_tried, most) << contender.name << ", " << goal.name;
    }
  }
}

TEST(TrueCurve, smoothed_is_monotone_and_leaves_alone_what_is) {
  TrueCurve bumpy{.card = "", .job = "", .floor = 100, .ceiling = 103, .times = {}, .powers = {}};
  bumpy.times = {2, 1, 1, 1};
  bumpy.powers = {80, 90, 40, 95};
  const TrueCurve smooth = smoothed(bumpy);
  EXPECT_THAT(smooth.times, ElementsAre(2, 1, 1, 1));
  EXPECT_THAT(smooth.powers,
              Pointwise(DoubleNear(1e-9), {std::cbrt(80.0 * 90 * 40), std::cbrt(80.0 * 90 * 40),
                                           std::cbrt(80.0 * 90 * 40), 95.0}));
}

TEST(RandomCurves, are_the_same_each_time_and_such_as_may_be) {
  const std::vector<TrueCurve> curves = random_curves(40);
  ASSERT_EQ(curves.size(), 40U);
  const std::vector<TrueCurve> again = random_curves(40);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    EXPECT_EQ(curves[i].times, again[i].times);
    EXPECT_NEAR(curves[i].times.back(), 1, 1e-12);
    for (int step = 0; curves[i].floor + step <= curves[i].ceiling; ++step) {
      const double limit = curves[i].floor + step;
      EXPECT_LE(curves[i].power(limit), 1.08 * limit) << curves[i].job;
    }
  }
}

// Fewer probes than a sweep's, and no worse choices.
TEST(Contenders, the_adaptive_search_is_no_worse_than_a_sweep_on_random_cards) {
  const Scenario scenario;
  Cell sweep;
  Cell adaptive;
  const Goal goal = goals().front();
  int number = 0;
  for (const TrueCurve& curve : random_curves(60)) {
    ++number;
    for (const Contender& contender : contenders()) {
      if (contender.name != "adaptive" && contender.name != "optimizer, 7 limits") continue;
      World world(curve, scenario, static_cast<std::uint64_t>(number));
      const SearchOutcome outcome = contender.search(world, goal.selector);
      Cell& cell = contender.name == "adaptive" ? adaptive : sweep;
      cell.runs.push_back(
          {.curve = number, .outcome = outcome, .verdict = judge(world, goal, outcome)});
    }
  }
  EXPECT_LE(summarize(adaptive.runs).probes, 4.2);
  EXPECT_LE(summarize(adaptive.runs).p95, summarize(sweep.runs).p95);
  EXPECT_GE(curves_no_worse(adaptive, sweep), 90);
}

TEST(Report, counts_the_curves_that_are_no_worse) {
  const auto run = [](int curve, double job) {
    search_regret::Run result;
    result.curve = curve;
    result.verdict.job_10000 = job;
    return result;
  };
  Cell reference;
  reference.runs = {run(1, 0.010), run(1, 0.010), run(2, 0.010)};
  Cell cell;
  cell.runs = {run(1, 0.012), run(1, 0.012), run(1, 0.9), run(2, 0.013)};
  EXPECT_EQ(curves_no_worse(cell, reference), 50);
}

TEST(Report, saves_where_there_is_something_to_gain) {
  const auto run = [](double untuned, double job, bool is_flat) {
    search_regret::Run result;
    result.is_flat = is_flat;
    result.outcome.probes = is_flat ? 2 : 5;
    result.verdict.ceiling = untuned;
    result.verdict.job_1000 = job;
    return result;
  };
  const Summary summary =
      summarize({run(0.2, 0.1, false), run(0.06, 0.07, false), run(0.04, 0.1, true)});
  EXPECT_EQ(summary.saves_in_1000, 50);
  EXPECT_EQ(summary.probes_of_flat, 2);
  EXPECT_EQ(summarize({run(0.01, 0.1, false)}).saves_in_1000, std::nullopt);
}

}  // namespace
}  // namespace zeus::search_regret
