// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// retune_on_drift in whatever else happens to a job: pauses, ends, forks, failures, profiles.
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

TEST_F(OptimizerDrift, evaluation_checkpoints_noise_and_idle_times_are_none) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal;
  const auto calm = training.step_time;
  training.step_time = [&](Watts limit) {
    return calm(limit) * std::exp(0.1 * normal(random)) * (training.steps % 997 == 0 ? 100 : 1);
  };
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  for (int epoch = 0; epoch < 60; ++epoch) {
    training.epoch(optimizer, 800);
    training.clock->advance(Seconds(epoch % 7 == 0 ? 400 : 30));  // evaluation
    optimizer.on_epoch_begin();
    train(optimizer, Seconds(20));
    if (epoch % 2 == 0) optimizer.on_pause();
    training.clock->advance(Seconds(25));  // a checkpoint, reported or not
    if (epoch % 10 == 5) training.clock->advance(Seconds(2000));
    if (epoch % 12 == 3) optimizer.on_train_interrupted();
    if (epoch % 12 == 9) {
      optimizer.on_train_end();
      training.clock->advance(Seconds(5000));
      optimizer.on_train_begin();
    }
  }
  EXPECT_EQ(optimizer.report().restarts, 0);
  EXPECT_TRUE(is_done(optimizer));
}

TEST_F(OptimizerDrift, a_change_between_two_trainings_is_found_in_the_second) {
  for (const bool is_interrupted : {false, true}) {
    training.change(1, 150);
    GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
    find(optimizer);
    train(optimizer, 40 * kMinute);
    if (is_interrupted) {
      optimizer.on_train_interrupted();
    } else {
      optimizer.on_train_end();
    }
    EXPECT_EQ(training.gpu().limit_now(), Watts(250));
    training.change(1.5, 175);
    training.clock->advance(Seconds(3600));
    EXPECT_EQ(training.gpu().limit_now(), Watts(250)) << "nothing is set between trainings";
    train(optimizer, 15 * kMinute);
    EXPECT_EQ(optimizer.report().restarts, 1);
    EXPECT_EQ(training.gpu().limit_now(), Watts(175));
  }
}

TEST_F(OptimizerDrift, training_may_end_while_it_is_profiled_again) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  train(optimizer, 40 * kMinute);
  training.change(1.5, 175);
  while (is_done(optimizer)) training.step(optimizer);
  EXPECT_TRUE(optimizer.is_retuning());
  EXPECT_EQ(optimizer.report().choice->power_limit, Watts(150)) << "stands until another is known";
  optimizer.on_train_end();
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  EXPECT_TRUE(optimizer.is_retuning());
  find(optimizer);
  EXPECT_FALSE(optimizer.is_retuning());
  EXPECT_EQ(training.gpu().limit_now(), Watts(175));
  optimizer.close();
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
}

TEST_F(OptimizerDrift, closed_or_stopped_it_is_not_watched_any_more) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  train(optimizer, 40 * kMinute);
  training.change(1.5, 175);
  optimizer.close();
  train(optimizer, 40 * kMinute);
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  EXPECT_EQ(optimizer.report().restarts, 0);
  EXPECT_TRUE(optimizer.next_step_only_counts()) << "no step asks for anything";
}

TEST_F(OptimizerDrift, after_a_fork_the_parent_is_watched_and_the_child_does_nothing) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  train(optimizer, 40 * kMinute);
  const pid_t child = ::fork();
  if (child == 0) {
    optimizer.on_step_begin();
    optimizer.on_step_end();
    optimizer.on_epoch_end();
    ::_exit(training.gpu().limit_now() == Watts(150) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  training.clock->wait_for_sleepers(1);
  training.change(1.5, 175);
  train(optimizer, 15 * kMinute);
  EXPECT_EQ(optimizer.report().restarts, 1);
}

TEST_F(OptimizerDrift, the_profile_is_replaced_when_the_new_one_is_finished) {
  const TemporaryFolder folder;
  Options options = retuning();
  options.profile_path = folder / "profile.json";
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  find(optimizer);
  const std::string before = read_text(folder / "profile.json");
  train(optimizer, 40 * kMinute);
  training.change(1.5, 175);
  while (is_done(optimizer)) training.step(optimizer);
  while (optimizer.report().probes.size() < 3) training.step(optimizer);
  EXPECT_EQ(read_text(folder / "profile.json"), before);
  EXPECT_FALSE(std::filesystem::exists(folder / "profile.json.partial"));
  find(optimizer);
  const Profile now = parse_profile(read_text(folder / "profile.json"), "profile.json");
  EXPECT_EQ(now.measurements.size(), 5U);
}

TEST_F(OptimizerDrift, a_profile_that_was_loaded_is_watched_against_and_never_written) {
  const TemporaryFolder folder;
  Options options = retuning();
  options.profile_path = folder / "profile.json";
  {
    GlobalPowerLimitOptimizer first(training.monitor, options);
    find(first);
  }
  const std::string before = read_text(folder / "profile.json");
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  EXPECT_TRUE(is_done(optimizer));
  train(optimizer, 40 * kMinute);
  training.change(1.5, 175);
  train(optimizer, 15 * kMinute);
  EXPECT_EQ(optimizer.report().restarts, 1);
  EXPECT_EQ(training.gpu().limit_now(), Watts(175));
  EXPECT_EQ(read_text(folder / "profile.json"), before);
  EXPECT_FALSE(std::filesystem::exists(folder / "profile.json.partial"));
}

TEST_F(OptimizerDrift, a_limit_that_somebody_else_has_set_is_left) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  train(optimizer, 40 * kMinute);
  training.change(1.5, 175);
  training.gpu().set_limit_from_outside(Watts(120));
  train(optimizer, 15 * kMinute);
  EXPECT_THAT(optimizer.report().stopped_because, HasSubstr("by another program"));
  EXPECT_EQ(training.gpu().limit_now(), Watts(120));
}

TEST_F(OptimizerDrift, a_counter_that_fails_ends_nothing) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  training.gpu().fail(GpuCall::kTotalEnergy);
  train(optimizer, 40 * kMinute);
  EXPECT_TRUE(is_done(optimizer));
  training.gpu().heal();
  training.change(1.5, 175);
  train(optimizer, 15 * kMinute);
  EXPECT_EQ(optimizer.report().restarts, 1);
}

// Loops that mark only one end of their steps.
TEST_F(OptimizerDrift, is_seen_however_a_loop_marks_its_steps) {
  for (const bool marks_begins : {false, true}) {
    training.change(1, 150);
    GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
    const auto run = [&](Seconds time) {
      const Seconds end = training.clock->monotonic() + time;
      while (training.clock->monotonic() < end) {
        if (marks_begins) optimizer.on_step_begin();
        training.work();
        if (!marks_begins) optimizer.on_step_end();
      }
    };
    run(Seconds(60));
    training.clock->wait_for_sleepers(1);
    run(40 * kMinute);
    ASSERT_TRUE(is_done(optimizer));
    training.change(1.5, 175);
    run(15 * kMinute);
    EXPECT_EQ(optimizer.report().restarts, 1) << marks_begins;
    EXPECT_EQ(training.gpu().limit_now(), Watts(175)) << marks_begins;
  }
}

// A held choice that went idle comes back in a loop that marks the ends alone.
TEST_F(OptimizerDrift, a_loop_that_marks_ends_wakes_from_idleness) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  for (int i = 0; i < 200; ++i) {
    training.work();
    optimizer.on_step_end();
  }
  ASSERT_TRUE(is_done(optimizer));
  EXPECT_EQ(training.gpu().limit_now(), Watts(150));
  training.clock->wait_for_sleepers(1);
  training.clock->advance(Seconds(1000));
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  optimizer.on_step_end();
  EXPECT_EQ(training.gpu().limit_now(), Watts(150));
}

TEST_F(OptimizerDrift, steps_that_end_are_believed_after_hours_of_looks) {
  GlobalPowerLimitOptimizer optimizer(training.monitor, retuning());
  find(optimizer);
  train(optimizer, 40 * kMinute);
  training.change(1.5, 175);
  while (!std::holds_alternative<Profiling>(optimizer.state())) training.step(optimizer);
  optimizer.on_step_begin();
  training.clock->advance(Seconds(50));  // an exception leaves the step
  find(optimizer);
  for (const PowerLimitMeasurement& point : optimizer.measurements()) {
    EXPECT_NEAR(point.time / (training.step_time(point.power_limit) * 5), 1, 1e-9);
  }
}

}  // namespace
}  // namespace zeus::testing
