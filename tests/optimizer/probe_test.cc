// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "tests/manual_clock.h"
#include "tests/stub_gpu.h"
#include "zeus/error.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;

struct ProbeTest : ::testing::Test {
  ProbeTest() {
    gpus.stubs[0]->set_energy_source([this] { return Watts(power) * clock->monotonic(); });
  }

  Probe probe(int steps) {
    gpus.stubs[0]->set_limit_from_outside(Watts(200));
    return {{.power_limit = Watts(200)}, gpus.visible, steps};
  }
  // A step of that length, begun within an open window.
  bool step(Probe& it, double seconds) {
    clock->advance(Seconds(seconds));
    return it.step_begins(*clock);
  }

  double power = 150;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  StubGpus gpus{1};
  ZeusMonitor monitor{gpus.visible, {.clock = clock}};
};

TEST_F(ProbeTest, measures_the_steps_that_are_wanted) {
  Probe it = probe(3);
  EXPECT_TRUE(it.is_untouched());
  it.open(monitor);
  EXPECT_FALSE(step(it, 2));
  EXPECT_FALSE(step(it, 2));
  EXPECT_TRUE(step(it, 2));
  it.close(monitor, /*is_last_step_complete=*/false);
  ASSERT_TRUE(it.is_enough());
  const ProbeResult result = it.result();
  EXPECT_EQ(result.setting.power_limit, Watts(200));
  EXPECT_DOUBLE_EQ(result.time.value(), 6);
  EXPECT_DOUBLE_EQ(result.energy.value(), 900);
  EXPECT_EQ(result.steps, 3);
  EXPECT_NEAR(result.time_error.value(), 0, 1e-9);
  // Two ends of a window, each anywhere within a tick of 20 ms.
  EXPECT_NEAR(result.energy_error.value(), 150 * 0.02 / std::sqrt(6.0), 1e-9);
}

TEST_F(ProbeTest, says_how_much_the_steps_scatter) {
  Probe it = probe(4);
  it.open(monitor);
  for (const double seconds : {1.0, 3.0, 1.0, 3.0}) static_cast<void>(step(it, seconds));
  it.close(monitor, false);
  // A standard deviation of sqrt(4/3) s a step, over four.
  EXPECT_NEAR(it.result().time_error.value(), std::sqrt(4.0 / 3) * 2, 1e-9);
  EXPECT_GT(it.result().energy_error, Joules(150 * 2));
}

TEST_F(ProbeTest, pieces_add_up_and_what_is_between_them_does_not_count) {
  Probe it = probe(4);
  it.open(monitor);
  EXPECT_FALSE(step(it, 2));
  clock->advance(Seconds(2));
  it.close(monitor, /*is_last_step_complete=*/true);
  EXPECT_EQ(it.steps_left(), 2);
  clock->advance(Seconds(1000));
  it.open(monitor);
  EXPECT_FALSE(step(it, 2));
  EXPECT_TRUE(step(it, 2));
  it.close(monitor, false);
  EXPECT_DOUBLE_EQ(it.result().time.value(), 8);
  EXPECT_EQ(it.result().steps, 4);
}

TEST_F(ProbeTest, a_dropped_piece_leaves_nothing_behind) {
  Probe it = probe(4);
  it.open(monitor);
  static_cast<void>(step(it, 2));
  clock->advance(Seconds(2));
  it.close(monitor, true);
  it.open(monitor);
  static_cast<void>(step(it, 77));
  it.drop(monitor);
  EXPECT_FALSE(it.is_open());
  EXPECT_EQ(it.steps_left(), 2) << "as before the piece";
  EXPECT_NO_THROW(monitor.begin_window("__GlobalPowerLimitOptimizer_200"));
  monitor.cancel_window("__GlobalPowerLimitOptimizer_200");
  it.open(monitor);
  static_cast<void>(step(it, 2));
  static_cast<void>(step(it, 2));
  it.close(monitor, false);
  EXPECT_DOUBLE_EQ(it.result().time.value(), 8);
  EXPECT_NEAR(it.result().time_error.value(), 0, 1e-9);
}

TEST_F(ProbeTest, a_piece_without_a_whole_step_is_dropped) {
  Probe it = probe(4);
  it.open(monitor);
  it.close(monitor, /*is_last_step_complete=*/false);
  EXPECT_TRUE(it.is_untouched());
  EXPECT_EQ(it.steps_left(), 4);
}

TEST_F(ProbeTest, a_counter_that_does_not_move_is_not_enough_and_at_last_an_error) {
  power = 0;
  Probe it = probe(1);
  for (int round = 0; round < 19; ++round) {
    it.open(monitor);
    ASSERT_TRUE(step(it, 1));
    it.close(monitor, false);
    ASSERT_FALSE(it.is_enough()) << round;
    ASSERT_EQ(it.steps_left(), 1);
  }
  it.open(monitor);
  static_cast<void>(step(it, 1));
  it.close(monitor, false);
  EXPECT_THROW(static_cast<void>(it.is_enough()), ZeusBaseGPUError);
}

TEST_F(ProbeTest, figures_are_doubtful_where_the_limit_in_force_has_changed) {
  Probe it = probe(1);
  it.open(monitor);
  gpus.stubs[0]->set_host_limit(Watts(120));
  static_cast<void>(step(it, 1));
  it.close(monitor, false);
  EXPECT_THAT(it.doubt().value_or(""), HasSubstr("changed from 200 W to 120 W"));
}

TEST_F(ProbeTest, figures_are_doubtful_where_more_was_drawn_than_the_limit_allows) {
  power = 290;  // somebody lifted the limit meanwhile, and put it back
  Probe it = probe(1);
  it.open(monitor);
  static_cast<void>(step(it, 10));
  it.close(monitor, false);
  EXPECT_THAT(it.doubt().value_or(""), HasSubstr("GPU 0 drew 290 W, more than 200 W allow"));
  power = 215;
}

TEST_F(ProbeTest, a_few_percent_above_the_limit_are_no_reason_to_doubt) {
  power = 216;
  Probe it = probe(1);
  it.open(monitor);
  static_cast<void>(step(it, 10));
  it.close(monitor, false);
  EXPECT_EQ(it.doubt(), std::nullopt);
}

TEST(RunningScatter, is_mean_and_standard_deviation) {
  RunningScatter scatter;
  EXPECT_EQ(scatter.deviation(), 0);
  for (const double value : {2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0}) scatter.add(value);
  EXPECT_EQ(scatter.count(), 8);
  EXPECT_DOUBLE_EQ(scatter.mean(), 5);
  EXPECT_NEAR(scatter.deviation(), std::sqrt(32.0 / 7), 1e-12);
}

}  // namespace
}  // namespace zeus::testing
