// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Whose limits they are: ceilings, who put what back when, and what a failure leaves behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include "tests/captured_log.h"
#include "tests/optimizer/training.h"
#include "zeus/error.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Options = GlobalPowerLimitOptimizerOptions;
using List = std::vector<double>;

Options quick(std::shared_ptr<const OptimumSelector> selector = std::make_shared<Energy>()) {
  Options options;
  options.optimum_selector = std::move(selector);
  options.warmup_steps = 1;
  options.profile_steps = 4;
  return options;
}

TEST(OptimizerLimits, the_limit_that_was_there_is_the_ceiling) {
  Training training;
  training.gpu().set_limit_from_outside(Watts(187.5));
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  EXPECT_EQ(values(optimizer.power_limits()), (List{187.5, 162.5, 137.5, 112.5, 100}));
  training.epoch(optimizer, 200);
  for (const Watts limit : training.gpu().limits_set()) EXPECT_LE(limit, Watts(187.5));
  optimizer.close();
  EXPECT_EQ(training.gpu().limit_now(), Watts(187.5));
}

TEST(OptimizerLimits, max_power_limit_lifts_the_ceiling) {
  Training training;
  training.gpu().set_limit_from_outside(Watts(150));
  Options options = quick(std::make_shared<Time>());
  options.max_power_limit = Watts(225);
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  EXPECT_EQ(values(optimizer.power_limits()), (List{225, 200, 175, 150, 125, 100}));
  training.epoch(optimizer, 200);
  EXPECT_EQ(training.gpu().limit_now(), Watts(225));
  optimizer.close();
  EXPECT_EQ(training.gpu().limit_now(), Watts(150));
}

TEST(OptimizerLimits, max_power_limit_lowers_the_ceiling) {
  Training training;
  Options options = quick(std::make_shared<Time>());
  options.max_power_limit = Watts(150);
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  EXPECT_EQ(values(optimizer.power_limits()), (List{150, 125, 100}));
}

TEST(OptimizerLimits, a_prior_limit_below_the_default_is_told_once) {
  CapturedLog log;
  Training training;
  training.gpu().set_limit_from_outside(Watts(150));
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  training.epoch(optimizer, 100);
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("max_power_limit")));
}

TEST(OptimizerLimits, above_the_limit_in_force_nothing_is_explored_and_the_log_says_so) {
  CapturedLog log;
  Training training;
  training.gpu().set_host_limit(Watts(180));
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(std::make_shared<Time>()));
  EXPECT_EQ(values(optimizer.power_limits()), (List{180, 155, 130, 105, 100}));
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("GPU 0 is held to 180 W by its board or host, "
                                                    "below the 250 W asked for")));
  training.epoch(optimizer, 200);
  EXPECT_EQ(std::get<Done>(optimizer.state()).optimal_power_limit, Watts(180));
  optimizer.close();
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
}

TEST(OptimizerLimits, a_limit_in_force_below_the_range_leaves_the_lowest_limit_alone) {
  Training training;
  training.gpu().set_host_limit(Watts(80));
  Options higher = quick();
  higher.max_power_limit = Watts(225);
  GlobalPowerLimitOptimizer optimizer(training.monitor, higher);
  EXPECT_EQ(values(optimizer.power_limits()), (List{100}));
}

TEST(OptimizerLimits, each_gpu_gets_the_lower_of_the_probed_limit_and_its_own_ceiling) {
  Training training(2);
  training.gpu(1).set_limit_from_outside(Watts(160));
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(std::make_shared<Time>()));
  EXPECT_EQ(values(optimizer.power_limits()), (List{250, 225, 200, 175, 150, 125, 100}));
  training.epoch(optimizer, 100);
  EXPECT_EQ(values(training.gpu(0).limits_set()), (List{250, 225, 200, 175, 150, 125, 100, 250}));
  EXPECT_EQ(values(training.gpu(1).limits_set()), (List{160, 150, 125, 100, 160}));
  optimizer.close();
  EXPECT_EQ(training.gpu(0).limit_now(), Watts(250));
  EXPECT_EQ(training.gpu(1).limit_now(), Watts(160));
}

TEST(OptimizerLimits, energy_of_several_gpus_adds_up) {
  Training one;
  Training four(4);
  GlobalPowerLimitOptimizer optimizer_of_one(one.monitor, quick());
  GlobalPowerLimitOptimizer optimizer_of_four(four.monitor, quick());
  one.epoch(optimizer_of_one, 100);
  four.epoch(optimizer_of_four, 100);
  ASSERT_EQ(optimizer_of_four.measurements().size(), 7U);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_NEAR(optimizer_of_four.measurements()[i].energy.value(),
                4 * optimizer_of_one.measurements()[i].energy.value(), 1e-6);
    EXPECT_EQ(optimizer_of_four.measurements()[i].time, optimizer_of_one.measurements()[i].time);
  }
}

TEST(OptimizerLimits, the_end_of_training_puts_back_and_a_second_training_sets_the_best_again) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  optimizer.on_train_begin();
  training.epoch(optimizer, 100);
  const Watts optimum = std::get<Done>(optimizer.state()).optimal_power_limit;
  ASSERT_NE(optimum, Watts(250));
  optimizer.on_train_end();
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  optimizer.on_train_begin();
  EXPECT_EQ(training.gpu().limit_now(), optimum);
  training.epoch(optimizer, 10);
  optimizer.on_train_end();
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  training.step(optimizer);  // a loop that has no train hooks
  EXPECT_EQ(training.gpu().limit_now(), optimum);
}

TEST(OptimizerLimits, a_training_that_ends_in_the_middle_is_gone_on_with_by_the_next) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int i = 0; i < 9; ++i) training.step(optimizer);  // 225 W: 2 of 4 steps are measured
  ASSERT_TRUE(std::holds_alternative<Profiling>(optimizer.state()));
  optimizer.on_train_end();
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  optimizer.on_train_begin();
  training.epoch(optimizer, 100);
  ASSERT_EQ(optimizer.measurements().size(), 7U);
  for (const PowerLimitMeasurement& point : optimizer.measurements()) {
    EXPECT_NEAR(point.time.value(), 4 * training.step_time(point.power_limit).value(), 1e-9);
  }
  // 1 to wait, 5 a limit, and the warm-up that was repeated after the break.
  EXPECT_EQ(training.monitor.diary.back().closed, 1 + 7 * 5 + 1 + 1);
}

TEST(OptimizerLimits, close_and_the_destructor_put_back_at_any_moment) {
  for (int steps = 0; steps < 40; ++steps) {
    Training training;
    training.gpu().set_limit_from_outside(Watts(240));
    std::optional<GlobalPowerLimitOptimizer> optimizer(std::in_place, training.monitor, quick());
    for (int i = 0; i < steps; ++i) training.step(*optimizer);
    if (steps % 2 == 0) {
      optimizer->close();
      ASSERT_EQ(training.gpu().limit_now(), Watts(240)) << steps;
      training.epoch(*optimizer, 50);
      optimizer->on_train_begin();
      ASSERT_EQ(training.gpu().limit_now(), Watts(240)) << "closed means closed";
      optimizer->close();
    }
    optimizer.reset();
    ASSERT_EQ(training.gpu().limit_now(), Watts(240)) << steps;
    EXPECT_NO_THROW(training.monitor.begin_window("__GlobalPowerLimitOptimizer_240"))
        << "no window is left open";
  }
}

TEST(OptimizerLimits, a_limit_that_somebody_else_set_is_left_alone_and_reported) {
  CapturedLog log;
  Training training(2);
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  training.epoch(optimizer, 100);
  training.gpu(0).set_limit_from_outside(Watts(111));
  optimizer.close();
  EXPECT_EQ(training.gpu(0).limit_now(), Watts(111));
  EXPECT_EQ(training.gpu(1).limit_now(), Watts(250));
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("111 W by another program")));
}

TEST(OptimizerLimits, a_limit_that_somebody_else_set_while_profiling_ends_the_tuning) {
  CapturedLog log;
  Training training(2);
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int i = 0; i < 9; ++i) training.step(optimizer);
  training.gpu(1).set_limit_from_outside(Watts(111));
  training.epoch(optimizer, 100);
  EXPECT_TRUE(std::holds_alternative<Stopped>(optimizer.state()));
  EXPECT_EQ(training.gpu(0).limit_now(), Watts(250));
  EXPECT_EQ(training.gpu(1).limit_now(), Watts(111));
}

class Thrower final : public OptimumSelector {
  Watts do_select(std::span<const PowerLimitMeasurement> /*measurements*/) const override {
    throw std::logic_error("the user's own selector failed");
  }
};

class Constant final : public OptimumSelector {
 public:
  explicit Constant(Watts limit) : limit_(limit) {}

 private:
  Watts do_select(std::span<const PowerLimitMeasurement> /*measurements*/) const override {
    return limit_;
  }
  Watts limit_;
};

TEST(OptimizerLimits, a_selector_that_throws_ends_the_tuning_not_the_training) {
  CapturedLog log;
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick(std::make_shared<Thrower>()));
  training.epoch(optimizer, 100);
  EXPECT_THAT(std::get<Stopped>(optimizer.state()).reason, HasSubstr("own selector failed"));
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  EXPECT_THAT(log.warnings(), ElementsAre(HasSubstr("own selector failed")));
}

TEST(OptimizerLimits, a_choice_out_of_range_ends_the_tuning) {
  for (const double limit : {99.0, 251.0, -1.0, std::nan("")}) {
    Training training;
    GlobalPowerLimitOptimizer optimizer(training.monitor,
                                        quick(std::make_shared<Constant>(Watts(limit))));
    training.epoch(optimizer, 100);
    EXPECT_TRUE(std::holds_alternative<Stopped>(optimizer.state())) << limit;
    EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  }
}

TEST(OptimizerLimits, a_choice_between_the_probed_limits_is_the_users_right) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor,
                                      quick(std::make_shared<Constant>(Watts(133.5))));
  training.epoch(optimizer, 100);
  EXPECT_EQ(training.gpu().limit_now(), Watts(133.5));
}

// One GPU's driver refuses from some call on: the others are put back all the same.
TEST(OptimizerLimits, each_gpu_is_put_back_whatever_happens_to_the_others) {
  CapturedLog log;
  Training training(3);
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int i = 0; i < 9; ++i) training.step(optimizer);
  training.gpu(1).fail<ZeusGPULostError>(GpuCall::kSetPowerLimit);
  training.epoch(optimizer, 100);
  EXPECT_TRUE(std::holds_alternative<Stopped>(optimizer.state()));
  EXPECT_EQ(training.gpu(0).limit_now(), Watts(250));
  EXPECT_EQ(training.gpu(2).limit_now(), Watts(250));
  EXPECT_EQ(training.gpu(1).limit_now(), Watts(225)) << "lost, as it was";
  EXPECT_THAT(log.warnings(),
              ElementsAre(HasSubstr("nvidia-smi"), HasSubstr("Power limit tuning has ended")));
  training.gpu(1).heal();
  optimizer.close();
  EXPECT_EQ(training.gpu(1).limit_now(), Watts(250)) << "tried again";
}

TEST(OptimizerLimits, persistence_mode_is_not_in_the_interface_at_all) {
  // Gpu has no call for it; what the optimizer calls on a GPU is this and nothing else.
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  training.epoch(optimizer, 100);
  EXPECT_EQ(training.gpu().calls(GpuCall::kTemperature), 0);
  EXPECT_EQ(training.gpu().calls(GpuCall::kInstantPower), 0);
}

}  // namespace
}  // namespace zeus::testing
