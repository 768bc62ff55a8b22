// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Steps that are left by exceptions, loops that end without a word, jobs that change, optimizers
// that are made anew, and other programs: what is measured stays true, and limits come back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "tests/captured_log.h"
#include "tests/optimizer/training.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/optimizer/profile_file.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Options = GlobalPowerLimitOptimizerOptions;
using List = std::vector<double>;

Options quick() {
  Options options;
  options.optimum_selector = std::make_shared<Energy>();
  options.warmup_steps = 2;
  options.profile_steps = 5;
  options.pl_step = Watts(50);  // 250, 200, 150, 100
  return options;
}

bool is_done(const GlobalPowerLimitOptimizer& optimizer) {
  return std::holds_alternative<Done>(optimizer.state());
}

void expect_true_figures(const GlobalPowerLimitOptimizer& optimizer, const Training& training,
                         int steps = 5) {
  ASSERT_EQ(optimizer.measurements().size(), 4U);
  for (const PowerLimitMeasurement& point : optimizer.measurements()) {
    EXPECT_NEAR(point.time.value(), steps * training.step_time(point.power_limit).value(), 1e-9)
        << point.power_limit.value();
  }
}

// --- steps that end in an exception --------------------------------------------------------------

TEST(OptimizerInterruptions, neither_the_half_step_nor_the_pause_counts_however_training_goes_on) {
  using Hook = void (GlobalPowerLimitOptimizer::*)();
  for (const Hook hook : {static_cast<Hook>(&GlobalPowerLimitOptimizer::on_train_begin),
                          static_cast<Hook>(&GlobalPowerLimitOptimizer::on_epoch_begin),
                          static_cast<Hook>(nullptr)}) {
    for (const double pause : {0.0, 20.0, 600.0}) {
      for (int good_steps = 1; good_steps < 30; ++good_steps) {
        Training training;
        GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
        for (int i = 0; i < good_steps; ++i) training.step(optimizer);
        optimizer.on_step_begin();  // and then an exception
        training.clock->advance(Seconds(pause));
        if (hook != nullptr) (optimizer.*hook)();
        training.epoch(optimizer, 60);
        ASSERT_TRUE(is_done(optimizer)) << good_steps;
        expect_true_figures(optimizer, training);
      }
    }
  }
}

TEST(OptimizerInterruptions, what_earlier_epochs_measured_is_kept) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  training.epoch(optimizer, 6);  // 1 waits, 2 warm up, 3 of 5 are measured
  training.step(optimizer);
  optimizer.on_step_begin();
  EXPECT_EQ(std::get<Profiling>(optimizer.state()).steps, 1);
  optimizer.on_epoch_begin();
  EXPECT_EQ(std::get<Warmup>(optimizer.state()).steps, 3) << "warmed up again";
  EXPECT_EQ(optimizer.progress().steps_left, 3 + 2 + 3 * 7);
}

TEST(OptimizerInterruptions, a_loop_that_often_skips_the_end_of_a_step_gets_done_all_the_same) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int i = 0; i < 300 && !is_done(optimizer); ++i) {
    optimizer.on_step_begin();
    training.work();
    if (i % 3 != 0) optimizer.on_step_end();  // `continue` for batches that are left out
  }
  EXPECT_TRUE(is_done(optimizer));
}

TEST(OptimizerInterruptions, an_interrupted_training_is_put_back_at_once_where_that_is_told) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int i = 0; i < 12; ++i) training.step(optimizer);
  ASSERT_EQ(training.gpu().limit_now(), Watts(200));
  optimizer.on_step_begin();
  optimizer.on_train_interrupted();
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  training.clock->advance(Seconds(1000));
  training.epoch(optimizer, 60);
  ASSERT_TRUE(is_done(optimizer));
  expect_true_figures(optimizer, training);
}

// --- loops that mark their steps otherwise -------------------------------------------------------

TEST(OptimizerInterruptions, a_loop_that_only_begins_steps_is_measured) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int i = 0; i < 60; ++i) {
    optimizer.on_step_begin();
    training.work();
  }
  ASSERT_TRUE(is_done(optimizer));
  expect_true_figures(optimizer, training);
}

TEST(OptimizerInterruptions, a_loop_that_only_ends_steps_is_measured_over_epochs_too) {
  for (const int epoch : {1000, 12, 7}) {
    Training training;
    GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
    for (int i = 1; i < 200 && !is_done(optimizer); ++i) {
      training.work();
      optimizer.on_step_end();
      if (i % epoch == 0) {
        optimizer.on_epoch_end();
        training.clock->advance(Seconds(20));
      }
    }
    ASSERT_TRUE(is_done(optimizer)) << epoch;
    ASSERT_EQ(optimizer.measurements().size(), 4U);
    if (epoch == 1000) expect_true_figures(optimizer, training);
  }
}

// --- training that ends without a word -----------------------------------------------------------

TEST(OptimizerInterruptions,
     limits_come_back_when_no_hook_came_for_long_and_the_next_step_goes_on) {
  CapturedLog log;
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int i = 0; i < 12; ++i) training.step(optimizer);
  training.clock->wait_for_sleepers(1);
  ASSERT_EQ(training.gpu().limit_now(), Watts(200));
  training.clock->advance(Seconds(40));  // an exception was shown in a notebook
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  EXPECT_EQ(optimizer.current_power_limit(), Watts(250));
  EXPECT_TRUE(log.contains("No training step for"));
  training.epoch(optimizer, 60);
  ASSERT_TRUE(is_done(optimizer));
  expect_true_figures(optimizer, training);
  EXPECT_THAT(log.warnings(), IsEmpty());
}

TEST(OptimizerInterruptions,
     a_held_choice_comes_back_after_ten_minutes_and_is_set_by_the_next_step) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  training.epoch(optimizer, 60);
  const Watts optimum = std::get<Done>(optimizer.state()).optimal_power_limit;
  training.clock->wait_for_sleepers(1);
  training.clock->advance(Seconds(500));
  EXPECT_EQ(training.gpu().limit_now(), optimum);
  training.clock->advance(Seconds(300));
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  training.step(optimizer);
  EXPECT_EQ(training.gpu().limit_now(), optimum);
}

TEST(OptimizerInterruptions, the_time_can_be_given) {
  Training training;
  Options options = quick();
  options.idle_timeout = Seconds(5);
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  for (int i = 0; i < 12; ++i) training.step(optimizer);
  training.clock->wait_for_sleepers(1);
  training.clock->advance(Seconds(7));
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  options.idle_timeout = Seconds(0);
  EXPECT_THROW(GlobalPowerLimitOptimizer(training.monitor, options), ZeusValueError);
}

TEST(OptimizerInterruptions, no_driver_is_called_by_the_watch_while_training_runs) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  training.epoch(optimizer, 60);
  training.gpu().forget_calls();
  for (int i = 0; i < 5000; ++i) training.step(optimizer);  // 15 minutes
  EXPECT_EQ(training.gpu().all_calls(), 0);
}

// --- the job changes -----------------------------------------------------------------------------

TEST(OptimizerInterruptions, another_batch_size_voids_what_was_measured) {
  const TemporaryFolder folder;
  for (int steps = 1; steps < 40; ++steps) {
    CapturedLog log;
    std::filesystem::remove(folder / "profile.json");
    Training training;
    Options options = quick();
    options.profile_path = folder / "profile.json";
    GlobalPowerLimitOptimizer optimizer(training.monitor, options);
    optimizer.on_batch_size(8);
    for (int i = 0; i < steps; ++i) training.step(optimizer);
    optimizer.on_batch_size(8);
    training.step_time = [](Watts limit) { return Seconds(0.05 + 5.0 / limit.value()); };
    optimizer.on_train_begin();
    optimizer.on_batch_size(4);
    EXPECT_THAT(optimizer.measurements(), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(folder / "profile.json.partial"));
    training.epoch(optimizer, 60);
    ASSERT_TRUE(is_done(optimizer)) << steps;
    expect_true_figures(optimizer, training);
    EXPECT_EQ(optimizer.report().restarts, 1);
    EXPECT_TRUE(log.contains("the batch size changed from 8 to 4: what was measured"));
    EXPECT_EQ(parse_profile(read_text(folder / "profile.json"), "").measurements.size(), 4U);
    optimizer.close();
    EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  }
}

TEST(OptimizerInterruptions, a_profile_of_the_users_is_not_replaced_by_another_batch_sizes) {
  const TemporaryFolder folder;
  const std::string text =
      R"({"measurements": [{"power_limit": 250, "energy": 5.0, "time": 5.0}]})";
  write_text(folder / "profile.json", text);
  Training training;
  Options options = quick();
  options.profile_path = folder / "profile.json";
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  optimizer.on_batch_size(8);
  optimizer.on_batch_size(4);
  training.epoch(optimizer, 60);
  EXPECT_TRUE(is_done(optimizer));
  EXPECT_EQ(read_text(folder / "profile.json"), text);
}

// --- optimizers that are made anew ---------------------------------------------------------------

TEST(OptimizerInterruptions, a_second_optimizer_takes_over_and_the_users_limit_is_its_ceiling) {
  for (int steps = 0; steps < 40; ++steps) {
    CapturedLog log;
    Training training;
    training.gpu().set_limit_from_outside(Watts(225));
    GlobalPowerLimitOptimizer first(training.monitor, quick());
    for (int i = 0; i < steps; ++i) training.step(first);
    const bool has_set = training.gpu().limits_set().size() > 1;
    GlobalPowerLimitOptimizer second(training.monitor, quick());
    EXPECT_EQ(values(second.power_limits()), (List{225, 175, 125, 100}));
    EXPECT_EQ(training.gpu().limit_now(), Watts(225)) << steps;
    EXPECT_EQ(log.contains("takes over GPU 0; the earlier one is closed"), has_set) << steps;
    training.epoch(second, 60);
    ASSERT_TRUE(is_done(second)) << steps;
    const Watts optimum = training.gpu().limit_now();
    if (has_set) {
      first.on_step_begin();
      first.on_train_end();
      first.close();
      EXPECT_EQ(training.gpu().limit_now(), optimum) << "the earlier one writes nothing any more";
    }
    second.on_train_end();
    EXPECT_EQ(training.gpu().limit_now(), Watts(225));
    EXPECT_THAT(log.warnings(), ::testing::Each(HasSubstr("below its default")));
  }
}

TEST(OptimizerInterruptions, a_superseded_optimizer_says_so) {
  Training training;
  GlobalPowerLimitOptimizer first(training.monitor, quick());
  for (int i = 0; i < 12; ++i) training.step(first);
  const GlobalPowerLimitOptimizer second(training.monitor, quick());
  EXPECT_THAT(std::get<Stopped>(first.state()).reason, HasSubstr("has taken over its GPUs"));
  EXPECT_EQ(first.current_power_limit(), Watts(250));
}

// --- other programs ------------------------------------------------------------------------------

TEST(OptimizerInterruptions, a_foreign_limit_in_any_probe_never_reaches_the_profile) {
  const TemporaryFolder folder;
  for (int at = 1; at < 40; ++at) {
    CapturedLog log;
    std::filesystem::remove(folder / "profile.json");
    std::filesystem::remove(folder / "profile.json.partial");
    Training training;
    Options options = quick();
    options.profile_path = folder / "profile.json";
    GlobalPowerLimitOptimizer optimizer(training.monitor, options);
    for (int i = 0; i < 60; ++i) {
      training.step(optimizer);
      if (i == at) training.gpu().set_limit_from_outside(Watts(111));
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "profile.json") && at < 28) << at;
    for (const PowerLimitMeasurement& point : optimizer.measurements()) {
      EXPECT_NEAR(point.time.value(), 5 * training.step_time(point.power_limit).value(), 1e-9)
          << at << ": " << point.power_limit.value();
    }
    optimizer.close();
    EXPECT_EQ(training.gpu().limit_now(), Watts(111)) << at;
    EXPECT_THAT(log.warnings(), ::testing::Contains(HasSubstr("111 W by another program")));
  }
}

TEST(OptimizerInterruptions, a_probe_during_which_the_host_changed_its_limit_is_measured_again) {
  CapturedLog log;
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int i = 0; i < 5; ++i) training.step(optimizer);
  training.gpu().set_host_limit(Watts(120));
  training.step(optimizer);
  training.epoch(optimizer, 80);
  EXPECT_TRUE(is_done(optimizer));
  EXPECT_EQ(optimizer.report().dropped_probes, 1);
  EXPECT_TRUE(log.contains("250 W is profiled again: the limit in force on GPU 0 changed"));
}

// --- what others see -----------------------------------------------------------------------------

TEST(OptimizerInterruptions, progress_counts_down_to_the_end_of_the_search) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int left = 1 + 4 * 7; left > 0; --left) {
    const TuningProgress progress = optimizer.progress();
    // The step whose begin ends one limit is the first of the next.
    EXPECT_EQ(progress.steps_left, left + 1) << left;
    EXPECT_EQ(progress.probes_expected, 4);
    training.step(optimizer);
  }
  training.step(optimizer);
  EXPECT_TRUE(is_done(optimizer));
  const TuningProgress done = optimizer.progress();
  EXPECT_EQ(done.steps_left, 0);
  EXPECT_EQ(done.probes_done, 4);
  EXPECT_EQ(done.setting.power_limit, training.gpu().limit_now());
}

TEST(OptimizerInterruptions, the_report_says_what_was_measured_chosen_and_why) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  EXPECT_EQ(optimizer.report().choice, std::nullopt);
  training.epoch(optimizer, 60);
  const TuningReport report = optimizer.report();
  ASSERT_EQ(report.probes.size(), 4U);
  EXPECT_EQ(report.probes[0].setting.power_limit, Watts(250));
  EXPECT_EQ(report.probes[0].steps, 5);
  EXPECT_GT(report.probes[0].energy_error, Joules(0));
  EXPECT_EQ(report.prior.power_limit, Watts(250));
  EXPECT_EQ(report.choice->power_limit, training.gpu().limit_now());
  EXPECT_FALSE(report.choice_reason.empty());
  EXPECT_EQ(report.stopped_because, "");
}

}  // namespace
}  // namespace zeus::testing
