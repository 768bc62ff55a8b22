// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/plausibility.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace zeus {
namespace {

TEST(PlausiblePower, is_at_most_three_times_the_highest_limit) {
  EXPECT_TRUE(is_plausible_power(Watts(0), Watts(250)));
  EXPECT_TRUE(is_plausible_power(Watts(260), Watts(250)));
  EXPECT_TRUE(is_plausible_power(Watts(750), Watts(250)));
  EXPECT_FALSE(is_plausible_power(Watts(750.001), Watts(250)));
}

TEST(PlausiblePower, is_never_the_drivers_no_value) {
  EXPECT_FALSE(is_plausible_power(Watts(4294967.295), std::nullopt));
  EXPECT_FALSE(is_plausible_power(Watts(4294967.295), Watts(1e9)));
  EXPECT_TRUE(is_plausible_power(Watts(4294967.294), std::nullopt));
}

TEST(PlausiblePower, is_a_number_that_is_not_negative) {
  EXPECT_FALSE(is_plausible_power(Watts(-0.001), std::nullopt));
  EXPECT_FALSE(is_plausible_power(Watts(std::nan("")), std::nullopt));
  EXPECT_FALSE(is_plausible_power(Watts(std::numeric_limits<double>::infinity()), std::nullopt));
}

TEST(PlausibleCounter, is_less_than_a_board_draws_in_centuries) {
  EXPECT_TRUE(is_plausible_counter(Joules(0)));
  EXPECT_TRUE(is_plausible_counter(Joules(9e12)));
  EXPECT_FALSE(is_plausible_counter(Joules(-1)));
  EXPECT_FALSE(is_plausible_counter(Joules(std::nan(""))));
  // All 64 bits set, in millijoules.
  EXPECT_FALSE(is_plausible_counter(Joules(18446744073709551.615)));
}

TEST(CounterSteps, are_bounded_by_three_times_the_highest_limit_and_some_slack) {
  const CounterBound bound = counter_bound(Watts(250), Seconds(0.1));
  EXPECT_DOUBLE_EQ(bound.in(Seconds(10)).value(), 750 * 10.7);
  EXPECT_EQ(judge_step(Joules(1000), Joules(1000 + 8000), Seconds(10), bound),
            CounterStep::kPlausible);
  EXPECT_EQ(judge_step(Joules(1000), Joules(1000 + 8100), Seconds(10), bound),
            CounterStep::kTooFar);
}

TEST(CounterSteps, of_a_whole_tick_right_after_a_reading_are_plausible) {
  const CounterBound bound = counter_bound(Watts(700), Seconds(0.1));
  EXPECT_EQ(judge_step(Joules(0), Joules(70), Seconds(0), bound), CounterStep::kPlausible);
}

TEST(CounterSteps, are_never_backwards) {
  const CounterBound bound = counter_bound(Watts(250), Seconds(0.1));
  EXPECT_EQ(judge_step(Joules(1000), Joules(999.999), Seconds(1), bound), CounterStep::kBackwards);
  EXPECT_EQ(judge_step(Joules(1000), Joules(1000), Seconds(1), bound), CounterStep::kPlausible);
}

TEST(CounterSteps, are_not_bounded_where_the_limit_is_not_known) {
  const CounterBound bound = counter_bound(std::nullopt, Seconds(0.1));
  EXPECT_EQ(judge_step(Joules(0), Joules(1e12), Seconds(1), bound), CounterStep::kPlausible);
  EXPECT_EQ(judge_step(Joules(1), Joules(0), Seconds(1), bound), CounterStep::kBackwards);
}

TEST(Uncertainty, of_a_difference_is_one_period_of_its_mean_power) {
  EXPECT_DOUBLE_EQ(uncertainty_of_difference(Joules(3000), Seconds(10), Seconds(0.1)).value(), 30);
  EXPECT_DOUBLE_EQ(uncertainty_of_difference(Joules(6), Seconds(0.02), Seconds(0.1)).value(), 30);
  EXPECT_EQ(uncertainty_of_difference(Joules(0), Seconds(1), Seconds(0.1)), Joules(0));
  EXPECT_EQ(uncertainty_of_difference(Joules(6), Seconds(0), Seconds(0.1)), Joules(6));
}

}  // namespace
}  // namespace zeus
