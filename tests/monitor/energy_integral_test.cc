// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/energy_integral.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <utility>
#include <vector>

namespace zeus {
namespace {

TEST(EnergyIntegral, constant_power_of_300_W_for_10_s_is_3000_J) {
  EnergyIntegral integral;
  for (int sample = 0; sample <= 500; ++sample) {
    integral.add_sample(Seconds(100 + 0.02 * sample), Watts(300));
  }
  EXPECT_EQ(integral.total_at(Seconds(110)) - integral.total_at(Seconds(100)), Joules(3000));
}

TEST(EnergyIntegral, each_sample_holds_until_the_next) {
  EnergyIntegral integral;
  integral.add_sample(Seconds(1), Watts(100));
  integral.add_sample(Seconds(3), Watts(250));  // 2 s x 100 W = 200 J
  integral.add_sample(Seconds(4), Watts(50));   // 1 s x 250 W = 250 J
  EXPECT_EQ(integral.total_at(Seconds(3)), Joules(200));
  EXPECT_EQ(integral.total_at(Seconds(4)), Joules(450));
  EXPECT_EQ(integral.total_at(Seconds(6)), Joules(550));  // 2 s x 50 W = 100 J
}

TEST(EnergyIntegral, is_zero_at_its_first_sample) {
  EnergyIntegral integral;
  EXPECT_EQ(integral.total_at(Seconds(5)), Joules(0));
  integral.add_sample(Seconds(5), Watts(100));
  EXPECT_EQ(integral.total_at(Seconds(5)), Joules(0));
}

TEST(EnergyIntegral, a_time_before_the_newest_sample_takes_the_power_that_held_then) {
  EnergyIntegral integral;
  integral.add_sample(Seconds(0), Watts(100));
  integral.add_sample(Seconds(10), Watts(300));
  EXPECT_EQ(integral.total_at(Seconds(9)), Joules(900));
  EXPECT_EQ(integral.total_at(Seconds(11)), Joules(1300));
}

TEST(EnergyIntegral, a_late_sample_does_not_rewrite_the_past) {
  EnergyIntegral integral;
  integral.add_sample(Seconds(0), Watts(100));
  integral.add_sample(Seconds(2), Watts(100));
  integral.add_sample(Seconds(1), Watts(900));
  EXPECT_EQ(integral.total_at(Seconds(3)), Joules(300));
}

TEST(EnergyIntegral, the_later_of_two_samples_at_one_time_holds) {
  EnergyIntegral integral;
  integral.add_sample(Seconds(0), Watts(100));
  integral.add_sample(Seconds(1), Watts(200));
  integral.add_sample(Seconds(1), Watts(300));
  EXPECT_EQ(integral.total_at(Seconds(2)), Joules(400));
}

TEST(EnergyIntegral, a_gap_is_bridged_by_the_mean_of_both_ends) {
  EnergyIntegral integral;
  integral.add_sample(Seconds(0), Watts(100));
  integral.add_sample(Seconds(1), Watts(100));
  integral.bridge_to(Seconds(3), Watts(200));  // 1 s x 100 W, 2 s x 150 W
  EXPECT_EQ(integral.total_at(Seconds(2)), Joules(250));
  EXPECT_EQ(integral.total_at(Seconds(3)), Joules(400));
  EXPECT_EQ(integral.total_at(Seconds(4)), Joules(600));
}

// Milliseconds and milliwatts as integers, so that the plain sum is exact.
RC_GTEST_PROP(EnergyIntegralProperty, is_the_plain_sum_of_power_times_time, ()) {
  const auto steps = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 5000), rc::gen::inRange(0, 700'000))));
  EnergyIntegral integral;
  long long now_ms = 0;
  long long microjoules = 0;
  for (const auto& [duration_ms, milliwatts] : steps) {
    integral.add_sample(Seconds(static_cast<double>(now_ms) / 1e3), from_milliwatts(milliwatts));
    now_ms += duration_ms;
    microjoules += static_cast<long long>(duration_ms) * milliwatts;
  }
  const double expected = static_cast<double>(microjoules) / 1e6;
  const double found = integral.total_at(Seconds(static_cast<double>(now_ms) / 1e3)).value();
  RC_ASSERT(std::abs(found - expected) <= 1e-9 * (1 + expected));
}

// However a stretch is cut into windows, the pieces add up to the whole.
RC_GTEST_PROP(EnergyIntegralProperty, extra_samples_of_the_same_power_change_nothing, ()) {
  const auto powers =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 700)));
  const auto extra = *rc::gen::inRange(1, 5);
  EnergyIntegral plain;
  EnergyIntegral dense;
  double now = 0;
  for (const int power : powers) {
    plain.add_sample(Seconds(now), Watts(power));
    for (int i = 0; i < extra; ++i) dense.add_sample(Seconds(now + 0.1 * i), Watts(power));
    now += 1;
  }
  RC_ASSERT(plain.total_at(Seconds(now)) == dense.total_at(Seconds(now)));
}

}  // namespace
}  // namespace zeus
