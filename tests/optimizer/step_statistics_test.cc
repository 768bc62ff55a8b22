// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/step_statistics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace zeus {
namespace {

constexpr StepKind kNormal = StepKind::kNormal;
constexpr StepKind kLong = StepKind::kLong;
constexpr StepKind kShort = StepKind::kShort;

TEST(Median, is_the_middle_value) {
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3}), 3);
  EXPECT_EQ(median({9, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 100, 2}), 3);
}

TEST(ClassifySteps, a_step_of_less_than_twice_the_time_is_like_the_others) {
  const std::vector<double> times{1, 1, 1, 1.9, 1, 0.6, 1};
  EXPECT_EQ(classify_steps(times, 2, 5), std::vector<StepKind>(7, kNormal));
}

TEST(ClassifySteps, finds_long_and_short_ones) {
  const std::vector<double> times{1, 1.01, 10, 0.99, 0.1, 1};
  EXPECT_EQ(classify_steps(times, 2, 5),
            (std::vector{kNormal, kNormal, kLong, kNormal, kShort, kNormal}));
}

TEST(ClassifySteps, what_scatters_widely_may_be_far_from_the_middle) {
  // The middle of the distances of ln(time) is ln(2): five times 1.48 of that is a factor of 170.
  const std::vector<double> times{1, 2, 4, 8, 16, 1, 4, 16};
  EXPECT_EQ(classify_steps(times, 2, 5), std::vector<StepKind>(8, kNormal));
}

RC_GTEST_PROP(ClassifySteps, does_not_depend_on_the_unit_of_time, ()) {
  const auto raw =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 1000)));
  std::vector<double> seconds;
  std::vector<double> eights;  // a power of two scales without rounding
  for (const int it : raw) {
    seconds.push_back(it * 1.1);
    eights.push_back(it * 1.1 * 8);
  }
  RC_ASSERT(classify_steps(seconds, 2.03, 5) == classify_steps(eights, 2.03, 5));
}

std::vector<StepKind> kinds_of(std::size_t steps, const std::vector<std::size_t>& long_ones) {
  std::vector<StepKind> kinds(steps, kNormal);
  for (const std::size_t at : long_ones) kinds[at] = kLong;
  return kinds;
}

TEST(FindCycle, every_fifth_step) {
  EXPECT_EQ(find_cycle(kinds_of(25, {2, 7, 12, 17, 22}), 32), 5);
}

TEST(FindCycle, survives_a_long_step_that_was_missed) {
  EXPECT_EQ(find_cycle(kinds_of(40, {2, 7, 17, 22, 27, 32, 37}), 32), 5);
}

TEST(FindCycle, two_long_steps_are_none) {
  EXPECT_EQ(find_cycle(kinds_of(20, {3, 8}), 32), 0);
  EXPECT_EQ(find_cycle({}, 32), 0);
}

TEST(FindCycle, distances_that_differ_are_none) {
  EXPECT_EQ(find_cycle(kinds_of(60, {0, 7, 11, 24, 50, 55}), 32), 0);
  // Three of five fit: fewer than three quarters.
  EXPECT_EQ(find_cycle(kinds_of(60, {0, 5, 10, 15, 22, 30}), 32), 0);
}

TEST(FindCycle, is_none_where_most_of_its_long_steps_are_missing) {
  EXPECT_EQ(find_cycle(kinds_of(100, {80, 85, 90, 95}), 32), 0);
}

TEST(FindCycle, is_no_longer_than_allowed) {
  EXPECT_EQ(find_cycle(kinds_of(25, {2, 7, 12, 17, 22}), 4), 0);
  EXPECT_EQ(find_cycle(kinds_of(25, {2, 7, 12, 17, 22}), 0), 0);
}

RC_GTEST_PROP(FindCycle, finds_every_regular_one, ()) {
  const int cycle = *rc::gen::inRange(2, 33);
  const int phase = *rc::gen::inRange(0, cycle);
  const int cycles = *rc::gen::inRange(4, 30);
  std::vector<StepKind> kinds(static_cast<std::size_t>(cycle * cycles), kNormal);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (static_cast<int>(i) % cycle == phase) kinds[i] = kLong;
  }
  RC_ASSERT(find_cycle(kinds, 32) == cycle);
}

TEST(MeanAndError, of_few_values) {
  EXPECT_EQ(mean_and_error({}).mean, 0);
  const std::vector one{2.5};
  EXPECT_EQ(mean_and_error(one).mean, 2.5);
  EXPECT_EQ(mean_and_error(one).error, 0);
  const std::vector same{0.25, 0.25, 0.25};
  EXPECT_EQ(mean_and_error(same).error, 0);
}

TEST(MeanAndError, values_that_alternate_tell_more_than_independent_ones) {
  std::vector<double> values;
  values.reserve(100);
  for (int i = 0; i < 100; ++i) values.push_back(i % 2 == 0 ? 1.0 : 3.0);
  EXPECT_DOUBLE_EQ(mean_and_error(values).mean, 2);
  EXPECT_LT(mean_and_error(values).error, 0.5 * 1.005 / 10);
}

// How often the truth, 1, lies within two of the stated errors.
double coverage(double correlation, int values, int rounds) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  int within = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> series;
    double state = normal(random);
    for (int i = 0; i < values; ++i) {
      series.push_back(1 + 0.03 * state);
      state = correlation * state + std::sqrt(1 - correlation * correlation) * normal(random);
    }
    const MeanAndError found = mean_and_error(series);
    within += std::abs(found.mean - 1) <= 2 * found.error ? 1 : 0;
  }
  return static_cast<double>(within) / rounds;
}

TEST(MeanAndError, covers_the_truth_where_values_are_independent) {
  EXPECT_GT(coverage(0, 40, 2000), 0.91);
  EXPECT_LT(coverage(0, 40, 2000), 0.98);
  EXPECT_GT(coverage(0, 5000, 300), 0.91);
}

TEST(MeanAndError, covers_the_truth_where_each_value_follows_from_the_one_before) {
  // 40 independent values' error would cover it in half of the rounds.
  EXPECT_GT(coverage(0.7, 40, 2000), 0.85);
  EXPECT_GT(coverage(0.9, 160, 1000), 0.85);
  EXPECT_GT(coverage(0.9, 2000, 300), 0.88);
}

RC_GTEST_PROP(MeanAndError, shifts_and_scales_with_the_values, ()) {
  const auto raw =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100)));
  std::vector<double> values(raw.begin(), raw.end());
  std::vector<double> others;
  others.reserve(values.size());
  for (const double value : values) others.push_back(3 * value + 1000);
  const MeanAndError a = mean_and_error(values);
  const MeanAndError b = mean_and_error(others);
  RC_ASSERT(std::abs(3 * a.mean + 1000 - b.mean) < 1e-9 * 1000);
  RC_ASSERT(std::abs(3 * a.error - b.error) < 1e-6);
  RC_ASSERT(a.error >= 0);
}

TEST(HalvesDiffer, where_the_mean_has_moved) {
  std::vector<double> values;
  values.reserve(100);
  for (int i = 0; i < 40; ++i) values.push_back((i < 20 ? 1.0 : 1.02) + (i % 3 - 1) * 0.002);
  EXPECT_TRUE(halves_differ(values, 0.005));
  EXPECT_FALSE(halves_differ(values, 0.03)) << "less than what matters";
}

TEST(HalvesDiffer, not_where_the_steps_scatter_as_much) {
  std::vector<double> values;
  values.reserve(100);
  for (int i = 0; i < 40; ++i) values.push_back((i < 20 ? 1.0 : 1.02) + (i % 3 - 1) * 0.2);
  EXPECT_FALSE(halves_differ(values, 0.005));
  EXPECT_FALSE(halves_differ({}, 0.005));
  const std::vector three{1.0, 2.0, 3.0};
  EXPECT_FALSE(halves_differ(three, 0.005));
}

}  // namespace
}  // namespace zeus
