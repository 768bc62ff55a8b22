// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/timeline.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <vector>

namespace zeus {
namespace {

using Points = std::vector<TimelinePoint>;

Timeline three_points() {
  Timeline timeline(std::nullopt);
  timeline.add(Seconds(10), 100);
  timeline.add(Seconds(12), 200);
  timeline.add(Seconds(16), 50);
  return timeline;
}

TEST(Timeline, only_changes_make_points) {
  Timeline timeline(std::nullopt);
  timeline.add(Seconds(1), 100);
  timeline.add(Seconds(2), 100);
  timeline.add(Seconds(3), 101);
  timeline.add(Seconds(4), 100);
  EXPECT_EQ(timeline.points({}, {}),
            (Points{{Seconds(1), 100}, {Seconds(3), 101}, {Seconds(4), 100}}));
}

TEST(Timeline, a_reading_older_than_the_newest_is_dropped) {
  Timeline timeline = three_points();
  timeline.add(Seconds(15), 70);
  EXPECT_EQ(timeline.points({}, {}).size(), 3U);
}

TEST(Timeline, a_bound_keeps_the_newest_points) {
  Timeline timeline(2);
  timeline.add(Seconds(1), 1);
  timeline.add(Seconds(2), 2);
  timeline.add(Seconds(3), 3);
  EXPECT_EQ(timeline.points({}, {}), (Points{{Seconds(2), 2}, {Seconds(3), 3}}));
}

TEST(Timeline, points_between_two_times_include_both_ends) {
  const Timeline timeline = three_points();
  EXPECT_EQ(timeline.points(Seconds(10), Seconds(12)).size(), 2U);
  EXPECT_EQ(timeline.points(Seconds(10.1), Seconds(15.9)), (Points{{Seconds(12), 200}}));
  EXPECT_TRUE(timeline.points(Seconds(17), {}).empty());
  EXPECT_TRUE(timeline.points({}, Seconds(9)).empty());
}

TEST(Timeline, the_value_near_a_time_is_that_of_the_nearest_point) {
  const Timeline timeline = three_points();
  EXPECT_EQ(timeline.value_near({}), 50);
  EXPECT_EQ(timeline.value_near(Seconds(0)), 100);
  EXPECT_EQ(timeline.value_near(Seconds(11)), 100);  // as near to both: the earlier
  EXPECT_EQ(timeline.value_near(Seconds(11.1)), 200);
  EXPECT_EQ(timeline.value_near(Seconds(12)), 200);
  EXPECT_EQ(timeline.value_near(Seconds(99)), 50);
}

TEST(Timeline, the_integral_holds_each_value_until_the_next) {
  const Timeline timeline = three_points();
  EXPECT_DOUBLE_EQ(*timeline.integral(Seconds(10), Seconds(18)), 2 * 100 + 4 * 200 + 2 * 50);
  EXPECT_DOUBLE_EQ(*timeline.integral(Seconds(11), Seconds(13)), 100 + 200);
  EXPECT_DOUBLE_EQ(*timeline.integral(Seconds(13), Seconds(14)), 200);
  EXPECT_DOUBLE_EQ(*timeline.integral(Seconds(8), Seconds(11)), 3 * 100);  // before the first point
  EXPECT_DOUBLE_EQ(*timeline.integral(Seconds(20), Seconds(30)), 10 * 50);
  EXPECT_DOUBLE_EQ(*timeline.integral(Seconds(13), Seconds(11)), 0);
}

TEST(Timeline, steady_300_w_for_10_s_are_3000_j) {
  Timeline timeline(std::nullopt);
  for (int i = 0; i < 1000; ++i) timeline.add(Seconds(i * 0.01), 300);
  EXPECT_DOUBLE_EQ(*timeline.integral(Seconds(0), Seconds(10)), 3000);
}

TEST(Timeline, a_bounded_one_integrates_what_it_kept) {
  Timeline timeline(2);
  timeline.add(Seconds(10), 100);
  timeline.add(Seconds(12), 200);
  timeline.add(Seconds(16), 50);  // 100 is forgotten: 200 holds before 12 s
  EXPECT_DOUBLE_EQ(*timeline.integral(Seconds(10), Seconds(18)), 6 * 200 + 2 * 50);
  EXPECT_DOUBLE_EQ(*timeline.integral(Seconds(0), Seconds(1)), 200);
}

TEST(Timeline, an_integral_looks_at_the_logarithm_of_the_points) {
  constexpr std::size_t kPoints = 1 << 20;
  std::vector<SummedPoint> points;
  for (std::size_t i = 0; i < kPoints; ++i) {
    const auto time = static_cast<double>(i);
    points.push_back({.point = {.time = Seconds(time), .value = 2}, .integral = 2 * time});
  }
  int looks = 0;
  const auto counted = points | std::views::transform([&looks](const SummedPoint& point) {
                         ++looks;
                         return point;
                       });
  EXPECT_DOUBLE_EQ(integral_until(counted, Seconds(700'000.25)), 1'400'000.5);
  EXPECT_LE(looks, 25);
}

// Whole seconds and watts, so that the plain sum is exact.
RC_GTEST_PROP(TimelineProperty, an_integral_is_the_plain_sum_over_its_points, ()) {
  const auto values =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5)));
  const int begin = *rc::gen::inRange(-3, 20);
  const int end = *rc::gen::inRange(-3, 20);
  Timeline timeline(std::nullopt);
  for (std::size_t i = 0; i < values.size(); ++i) {
    timeline.add(Seconds(static_cast<double>(i)), values[i]);
  }
  double sum = 0;
  const int last = static_cast<int>(values.size()) - 1;
  for (int second = begin; second < end; ++second) {
    sum += values[static_cast<std::size_t>(std::clamp(second, 0, last))];
  }
  RC_ASSERT(*timeline.integral(Seconds(begin), Seconds(end)) == sum);
}

TEST(Timeline, an_empty_one_has_no_value_and_no_integral) {
  const Timeline timeline(std::nullopt);
  EXPECT_FALSE(timeline.value_near({}).has_value());
  EXPECT_FALSE(timeline.integral(Seconds(0), Seconds(1)).has_value());
  EXPECT_TRUE(timeline.points({}, {}).empty());
}

}  // namespace
}  // namespace zeus
