// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// retune_on_drift: a job that changes for good is profiled again around the choice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <variant>

#include "tests/optimizer/drifting.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/optimizer/profile_file.h"

namespace zeus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Options = GlobalPowerLimitOptimizerOptions;

TEST_F(OptimizerDrift, a_lasting_change_is_profiled_around_the_choice) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  EXPECT_EQ(training.gpu().limit_now(), Watts(150));
  train(optimizer, 40 * kMinute);
  EXPECT_EQ(optimizer.report().restarts, 0);
  training.change(1.2, 175);
  train(optimizer, 15 * kMinute);
  EXPECT_EQ(said("longer than when the power limit was chosen: profiling it again."), 1U);
  EXPECT_EQ(optimizer.report().restarts, 1);
  EXPECT_THAT(probed(optimizer), ElementsAre(250, 175, 150, 125, 200));
  ASSERT_TRUE(is_done(optimizer));
  EXPECT_EQ(training.gpu().limit_now(), Watts(175));
  for (const PowerLimitMeasurement& point : optimizer.measurements()) {
    EXPECT_NEAR(point.time / (training.step_time(point.power_limit) * 5), 1, 1e-9) << "none is old";
  }
  EXPECT_THAT(log.warnings(), IsEmpty());
}

TEST_F(OptimizerDrift, says_by_how_much) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  train(optimizer, 40 * kMinute);
  training.change(1.12, 150);
  train(optimizer, 15 * kMinute);
  EXPECT_EQ(
      said("Steps take 12 % longer than when the power limit was chosen: profiling it again."), 1U);
  EXPECT_THAT(probed(optimizer), ElementsAre(250, 175, 150, 125));
}

TEST_F(OptimizerDrift, of_power_alone_is_seen_too) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  train(optimizer, 40 * kMinute);
  training.power = [before = training.power](Watts limit) { return before(limit) * 0.8; };
  train(optimizer, 15 * kMinute);
  EXPECT_EQ(said("The GPUs draw 20 % less power than when the power limit was chosen: profiling"),
            1U);
  EXPECT_EQ(optimizer.report().restarts, 1);
}

TEST_F(OptimizerDrift, retunes_at_most_once_in_the_interval) {
  Options options = retuning();
  options.drift_interval = Seconds(7200);
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  find(optimizer);
  train(optimizer, 40 * kMinute);
  training.change(1.5, 175);
  train(optimizer, 75 * kMinute);
  EXPECT_EQ(optimizer.report().restarts, 0);
  train(optimizer, 10 * kMinute);
  EXPECT_EQ(optimizer.report().restarts, 1);
  training.change(0.5, 125);
  train(optimizer, 110 * kMinute);
  EXPECT_EQ(optimizer.report().restarts, 1);
}

TEST_F(OptimizerDrift, a_plain_sweep_never_tunes_again_unless_it_is_asked_for) {
  for (const bool is_sure : {false, true}) {
    Options options = retuning();
    options.retune_on_drift.reset();
    if (is_sure) options.wanted_error = 0.02;
    training.change(1, 150);
    GlobalPowerLimitOptimizer optimizer(training.monitor, options);
    find(optimizer);
    train(optimizer, 40 * kMinute);
    training.change(1.5, 175);
    train(optimizer, 30 * kMinute);
    EXPECT_EQ(optimizer.report().restarts, is_sure ? 1 : 0);
    EXPECT_EQ(training.gpu().limit_now(), Watts(is_sure ? 175 : 150));
  }
}

TEST_F(OptimizerDrift, of_an_adaptive_search_begins_at_ceiling_and_choice) {
  Options options = retuning();
  options.retune_on_drift.reset();
  options.search = SearchKind::kAdaptive;
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  find(optimizer);
  const double choice = training.gpu().limit_now().value();
  train(optimizer, 40 * kMinute);
  training.change(1.5, 180);
  train(optimizer, 15 * kMinute);
  EXPECT_EQ(optimizer.report().restarts, 1);
  ASSERT_GE(probed(optimizer).size(), 2U);
  EXPECT_EQ(probed(optimizer)[0], 250);
  EXPECT_EQ(probed(optimizer)[1], choice);
  EXPECT_TRUE(is_done(optimizer));
}

TEST_F(OptimizerDrift, another_batch_size_searches_all_limits) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  optimizer.on_batch_size(8);
  find(optimizer);
  train(optimizer, 40 * kMinute);
  training.change(1.5, 175);
  while (is_done(optimizer)) training.step(optimizer);
  optimizer.on_batch_size(4);
  EXPECT_FALSE(optimizer.is_retuning());
  find(optimizer);
  EXPECT_EQ(probed(optimizer).size(), optimizer.power_limits().size());
  EXPECT_EQ(optimizer.report().restarts, 2);
}

TEST_F(OptimizerDrift, reads_a_counter_once_a_minute_at_most) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  const auto before = training.gpu().calls(GpuCall::kTotalEnergy);
  train(optimizer, 60 * kMinute);
  const auto read = training.gpu().calls(GpuCall::kTotalEnergy) - before;
  EXPECT_GE(read, 50);
  EXPECT_LE(read, 61);
}

TEST_F(OptimizerDrift, an_interval_must_be_positive) {
  Options options = retuning();
  options.drift_interval = Seconds(0);
  EXPECT_THROW(GlobalPowerLimitOptimizer(training.monitor, options), ZeusValueError);
}

// A day of a noisy job that changes three times.
TEST_F(OptimizerDrift, a_day_of_training_is_profiled_as_often_as_it_changes) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal;
  double weather = 0;
  const auto change = [&](double times, double best) {
    training.change(10 * times, best);
    training.step_time = [&, calm = training.step_time](Watts limit) {
      weather = 0.99 * weather + 0.14 * normal(random);
      return calm(limit) * std::exp(0.01 * weather + 0.02 * normal(random));
    };
  };
  change(1, 150);
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  int changes = 0;
  for (const auto& [times, best] : {std::pair{1.15, 175.0}, {0.9, 150.0}, {1.3, 200.0}}) {
    for (int epoch = 0; epoch < 12; ++epoch) {
      training.epoch(optimizer, 1500);
      training.clock->advance(Seconds(120));
    }
    ASSERT_EQ(optimizer.report().restarts, changes);
    change(times, best);
    ++changes;
    for (int epoch = 0; epoch < 4; ++epoch) training.epoch(optimizer, 1500);
    ASSERT_EQ(optimizer.report().restarts, changes);
    EXPECT_NEAR(training.gpu().limit_now().value(), best, 25);
  }
}

}  // namespace
}  // namespace zeus::testing
