// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a binding asks an optimizer between the hooks.
#include <gtest/gtest.h>

#include <memory>

#include "tests/optimizer/training.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

GlobalPowerLimitOptimizerOptions quick() {
  GlobalPowerLimitOptimizerOptions options;
  options.optimum_selector = std::make_shared<Energy>();
  options.wait_steps = 2;
  options.warmup_steps = 3;
  options.profile_steps = 4;
  options.pl_step = Watts(75);
  return options;
}

// What a step begin could change or call, but for a count.
struct Seen {
  std::size_t state;
  std::size_t windows;
  int driver_calls;
  bool operator==(const Seen&) const = default;
};

TEST(OptimizerAccessors, a_step_that_only_counts_changes_nothing_but_a_count) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  int counting = 0;
  const auto look = [&] {
    const auto& diary = training.monitor.diary;
    const int closed = diary.empty() ? 0 : diary.back().closed;
    return Seen{optimizer.state().index(), 2 * diary.size() + (closed != 0 ? 1 : 0),
                training.gpu().all_calls()};
  };
  for (int i = 0; i < 60; ++i) {
    const bool only_counts = optimizer.next_step_only_counts();
    const Seen before = look();
    training.step(optimizer);
    EXPECT_EQ(only_counts, look() == before) << "at step " << i + 1;
    counting += only_counts ? 1 : 0;
  }
  EXPECT_TRUE(std::holds_alternative<Done>(optimizer.state()));
  // Of the 24 steps till done: 2 waiting and, at each of 3 limits, 2 warming up and 3 measuring.
  EXPECT_EQ(counting, 60 - 24 + 2 + 3 * (2 + 3));
}

TEST(OptimizerAccessors, the_step_after_a_pause_does_not_only_count) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int i = 0; i < 7; ++i) training.step(optimizer);
  ASSERT_TRUE(optimizer.next_step_only_counts());
  optimizer.on_pause();
  EXPECT_FALSE(optimizer.next_step_only_counts());
}

TEST(OptimizerAccessors, the_step_after_training_has_ended_does_not_only_count) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  for (int i = 0; i < 30; ++i) training.step(optimizer);
  ASSERT_TRUE(optimizer.next_step_only_counts());
  optimizer.on_train_end();
  EXPECT_FALSE(optimizer.next_step_only_counts());
  optimizer.close();
  EXPECT_TRUE(optimizer.next_step_only_counts());
}

TEST(OptimizerAccessors, the_current_limit_is_the_one_set_last_or_the_prior_one) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  EXPECT_EQ(optimizer.current_power_limit(), Watts(250));
  for (int i = 0; i < 12; ++i) training.step(optimizer);
  EXPECT_EQ(optimizer.current_power_limit(), Watts(175));
  optimizer.on_train_end();
  EXPECT_EQ(optimizer.current_power_limit(), Watts(250));
}

TEST(OptimizerAccessors, gpus_are_counted) {
  Training training(3);
  const GlobalPowerLimitOptimizer optimizer(training.monitor, quick());
  EXPECT_EQ(optimizer.gpu_count(), 3);
}

}  // namespace
}  // namespace zeus::testing
