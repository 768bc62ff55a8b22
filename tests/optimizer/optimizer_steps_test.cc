// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which steps are counted, warmed up and measured.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "tests/captured_log.h"
#include "tests/optimizer/training.h"
#include "zeus/error.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

using Options = GlobalPowerLimitOptimizerOptions;
using Entry = DiaryMonitor::Entry;
using List = std::vector<double>;

Options quick(int wait, int warmup, int profile, double pl_step = 75) {
  Options options;
  options.wait_steps = wait;
  options.warmup_steps = warmup;
  options.profile_steps = profile;
  options.pl_step = Watts(pl_step);
  return options;
}

bool is_done(const GlobalPowerLimitOptimizer& optimizer) {
  return std::holds_alternative<Done>(optimizer.state());
}

// A point as it must come out of `steps` uninterrupted steps.
void expect_point(const PowerLimitMeasurement& point, Watts limit, int steps,
                  const Training& training) {
  EXPECT_EQ(point.power_limit, limit);
  const Seconds time = training.step_time(limit) * steps;
  EXPECT_NEAR(point.time.value(), time.value(), 1e-9 * time.value());
  EXPECT_NEAR(point.energy.value(), (training.power(limit) * time).value(),
              1e-9 * (training.power(limit) * time).value());
}

TEST(OptimizerSteps, with_the_defaults_windows_open_at_12_62_and_close_at_52_102) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor);
  training.epoch(optimizer, 400);
  ASSERT_EQ(training.monitor.diary.size(), 7U);
  for (int i = 0; i < 7; ++i) {
    const Entry& entry = training.monitor.diary[static_cast<std::size_t>(i)];
    EXPECT_EQ(entry.opened, 12 + 50 * i);
    EXPECT_EQ(entry.closed, 52 + 50 * i);
  }
  EXPECT_EQ(training.monitor.diary.front().window, "__GlobalPowerLimitOptimizer_250");
  EXPECT_EQ(training.monitor.diary.back().window, "__GlobalPowerLimitOptimizer_100");
  EXPECT_TRUE(is_done(optimizer));
}

TEST(OptimizerSteps, the_limit_changes_at_the_begin_of_steps_2_52_102) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor);
  training.epoch(optimizer, 400);
  EXPECT_EQ(training.limits[0], Watts(250));
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(training.limits[1 + 50 * i], Watts(250 - 25.0 * static_cast<double>(i)));
    EXPECT_EQ(training.limits[50 + 50 * i], Watts(250 - 25.0 * static_cast<double>(i)));
  }
  // 250 W was there: only what changes is written, and at the end the best.
  const auto* done = std::get_if<Done>(&optimizer.state());
  ASSERT_NE(done, nullptr);
  List written = values(training.gpu().limits_set());
  EXPECT_EQ(written, (List{250, 225, 200, 175, 150, 125, 100, done->optimal_power_limit.value()}))
      << "the first is the test of permission";
}

TEST(OptimizerSteps, every_point_is_time_and_energy_of_the_profiled_steps) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(1, 2, 8));
  training.epoch(optimizer, 100);
  ASSERT_EQ(optimizer.measurements().size(), 3U);
  expect_point(optimizer.measurements()[0], Watts(250), 8, training);
  expect_point(optimizer.measurements()[1], Watts(175), 8, training);
  expect_point(optimizer.measurements()[2], Watts(100), 8, training);
}

TEST(OptimizerSteps, the_selector_decides_and_its_choice_is_set) {
  Training training;
  Options options = quick(1, 2, 8, 25);
  options.optimum_selector = std::make_shared<Time>();
  GlobalPowerLimitOptimizer fastest(training.monitor, options);
  training.epoch(fastest, 100);
  EXPECT_EQ(std::get<Done>(fastest.state()).optimal_power_limit, Watts(250));
  fastest.close();

  Training other;
  options.optimum_selector = std::make_shared<Energy>();
  GlobalPowerLimitOptimizer frugal(other.monitor, options);
  other.epoch(frugal, 100);
  const Watts optimum = std::get<Done>(frugal.state()).optimal_power_limit;
  EXPECT_LT(optimum, Watts(250));
  EXPECT_EQ(other.gpu().limit_now(), optimum);
}

TEST(OptimizerSteps, states_count_down_to_what_comes_next) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(2, 2, 3));
  const auto ready = std::get<Ready>(optimizer.state());
  EXPECT_EQ(ready.next_power_limit, Watts(250));
  EXPECT_EQ(ready.steps, 3);
  training.step(optimizer);
  training.step(optimizer);
  EXPECT_EQ(std::get<Ready>(optimizer.state()).steps, 1);
  training.step(optimizer);
  EXPECT_EQ(std::get<Warmup>(optimizer.state()).steps, 2);
  training.step(optimizer);
  training.step(optimizer);
  EXPECT_EQ(std::get<Profiling>(optimizer.state()).steps, 3);
  EXPECT_EQ(std::get<Profiling>(optimizer.state()).current_power_limit, Watts(250));
  training.step(optimizer);
  EXPECT_EQ(std::get<Profiling>(optimizer.state()).steps, 2);
}

TEST(OptimizerSteps, without_waiting_and_warmup_every_step_is_measured) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(0, 0, 4));
  training.epoch(optimizer, 13);
  EXPECT_EQ(training.monitor.diary,
            (std::vector<Entry>{{"__GlobalPowerLimitOptimizer_250", 1, 5},
                                {"__GlobalPowerLimitOptimizer_175", 5, 9},
                                {"__GlobalPowerLimitOptimizer_100", 9, 13}}));
  EXPECT_TRUE(is_done(optimizer));
}

// Whatever the epochs' length, the same steps are measured and the points come out the same.
TEST(OptimizerSteps, add_up_over_epochs_of_any_length) {
  for (const int length : {1, 2, 3, 5, 7, 10, 11, 12, 13, 33}) {
    for (const int warmup : {0, 1, 3}) {
      Training training;
      GlobalPowerLimitOptimizer optimizer(training.monitor, quick(1, warmup, 8));
      int epochs = 0;
      while (!is_done(optimizer) && epochs < 200) {
        training.epoch(optimizer, length);
        training.clock->advance(Seconds(1000));  // an evaluation that isn't ours
        ++epochs;
      }
      const int needed = 1 + 3 * (warmup + 8);
      ASSERT_TRUE(is_done(optimizer)) << length;
      // At most one epoch more than the steps needed, for what ends at the next step's begin.
      EXPECT_LE(training.steps, needed + length) << length << " " << warmup;
      ASSERT_EQ(optimizer.measurements().size(), 3U);
      expect_point(optimizer.measurements()[0], Watts(250), 8, training);
      expect_point(optimizer.measurements()[1], Watts(175), 8, training);
      expect_point(optimizer.measurements()[2], Watts(100), 8, training);
    }
  }
}

TEST(OptimizerSteps, epochs_of_one_step_finish_after_exactly_the_steps_needed) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(1, 2, 3));
  for (int i = 0; i < 1 + 3 * 5 - 1; ++i) training.epoch(optimizer, 1);
  EXPECT_FALSE(is_done(optimizer));
  training.epoch(optimizer, 1);
  EXPECT_TRUE(is_done(optimizer));
  EXPECT_EQ(training.monitor.diary.size(), 9U) << "one piece a measured step";
}

TEST(OptimizerSteps, an_interrupted_limit_goes_on_without_warming_up_again) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(1, 2, 8));
  training.epoch(optimizer, 6);  // 1 waits, 2-3 warm up, 4-6 are measured
  EXPECT_EQ(std::get<Profiling>(optimizer.state()).steps, 5);
  EXPECT_EQ(training.gpu().limit_now(), Watts(250)) << "the probed limit stays";
  training.epoch(optimizer, 10);
  EXPECT_EQ(training.monitor.diary[1], (Entry{"__GlobalPowerLimitOptimizer_250", 7, 12}));
}

TEST(OptimizerSteps, a_pause_ends_a_piece_and_the_next_step_resumes_it) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(1, 2, 8));
  for (int i = 0; i < 6; ++i) training.step(optimizer);
  optimizer.on_pause();
  training.clock->advance(Seconds(3600));
  optimizer.on_pause();  // twice: evaluation, then a checkpoint
  optimizer.on_epoch_end();
  optimizer.on_epoch_begin();
  for (int i = 0; i < 6; ++i) training.step(optimizer);
  ASSERT_EQ(optimizer.measurements().size(), 1U);
  expect_point(optimizer.measurements()[0], Watts(250), 8, training);
}

TEST(OptimizerSteps, a_pause_with_nothing_open_changes_nothing) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(1, 2, 3));
  optimizer.on_pause();
  training.step(optimizer);
  optimizer.on_pause();
  training.step(optimizer);
  optimizer.on_pause();
  EXPECT_EQ(std::get<Warmup>(optimizer.state()).steps, 2);
}

// 8 steps of 0.14 s are shorter than a counter that moves once in 5 s.
TEST(OptimizerSteps, a_limit_whose_energy_reads_zero_is_measured_longer) {
  Training training;
  auto ticks = [&] {
    const double period = 5.0;
    return Joules(200.0 * period * std::floor(training.clock->monotonic().value() / period));
  };
  training.gpu().set_energy_source(ticks);
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(0, 0, 8));
  for (int i = 0; i < 2000 && !is_done(optimizer); ++i) training.step(optimizer);
  ASSERT_TRUE(is_done(optimizer));
  for (const PowerLimitMeasurement& point : optimizer.measurements()) {
    EXPECT_NEAR(point.time.value(), 8 * training.step_time(point.power_limit).value(), 1e-9)
        << "scaled to the steps asked for";
    EXPECT_GT(point.energy, Joules(0));
  }
}

TEST(OptimizerSteps, a_counter_that_never_moves_ends_the_tuning) {
  CapturedLog log;
  Training training;
  training.gpu().set_energy(Joules(5));
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(0, 0, 8));
  training.epoch(optimizer, 1000);
  ASSERT_TRUE(std::holds_alternative<Stopped>(optimizer.state()));
  EXPECT_NE(std::get<Stopped>(optimizer.state()).reason.find("did not move"), std::string::npos);
}

TEST(OptimizerSteps, in_a_forked_child_nothing_happens) {
  Training training;
  auto optimizer = std::make_unique<GlobalPowerLimitOptimizer>(training.monitor, quick(0, 0, 2));
  for (int i = 0; i < 4; ++i) training.step(*optimizer);
  const std::vector<Watts> written = training.gpu().limits_set();
  const pid_t child = ::fork();
  if (child == 0) {
    // Without the clock, for which the parent's sleepers are still there.
    for (int i = 0; i < 20; ++i) {
      optimizer->on_step_begin();
      optimizer->on_step_end();
    }
    optimizer->on_epoch_end();
    optimizer->on_train_end();
    optimizer->close();
    optimizer.reset();
    ::_exit(training.gpu().limits_set() == written ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace zeus::testing
