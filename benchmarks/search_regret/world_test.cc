// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// That the world which searches are judged in keeps its promises.
#include "benchmarks/search_regret/world.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "benchmarks/search_regret/contender.h"
#include "benchmarks/search_regret/judge.h"

namespace zeus::search_regret {
namespace {

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

}  // namespace
}  // namespace zeus::search_regret
