// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A quantity over time: the points at which it changed, the newest ones where their number is
// bounded. It holds from one point to the next. Every question costs the logarithm of the number of
// points, and the points that are returned. Pure; not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <ranges>
#include <vector>

#include "zeus/units.h"

namespace zeus {

struct TimelinePoint {
  Seconds time;
  double value = 0;

  bool operator==(const TimelinePoint&) const = default;
};

/// A point that is kept, and the integral from the first point ever to this one.
struct SummedPoint {
  TimelinePoint point;
  double integral = 0;
};

/// Where the first of `points` (SummedPoints in the order of time) lies for which `is_reached` of
/// its time holds.
template <std::ranges::random_access_range Points, class Reached>
[[nodiscard]] auto first_point(const Points& points, Reached is_reached) {
  return std::ranges::partition_point(
      points, [&](const SummedPoint& it) { return !is_reached(it.point.time); });
}

/// The integral from the first point ever to `time`. The first value holds before the first point,
/// too, the last one after the last. `points` are not empty.
template <std::ranges::random_access_range Points>
[[nodiscard]] double integral_until(const Points& points, Seconds time) {
  auto found = first_point(points, [&](Seconds it) { return it > time; });
  if (found != points.begin()) --found;
  const SummedPoint before = *found;
  return before.integral + before.point.value * (time - before.point.time).value();
}

class Timeline {
 public:
  // None: unbounded.
  explicit Timeline(std::optional<std::size_t> max_points) : max_points_(max_points) {}

  // A reading. Only a change makes a point. Readings come in the order of time; an older one than
  // the newest is dropped.
  void add(Seconds time, double value) {
    double integral = 0;
    if (!points_.empty()) {
      const SummedPoint& last = points_.back();
      if (time < last.point.time || value == last.point.value) return;
      integral = last.integral + last.point.value * (time - last.point.time).value();
    }
    points_.push_back({.point = {.time = time, .value = value}, .integral = integral});
    if (max_points_ && points_.size() > *max_points_) points_.pop_front();
  }

  // The points from `begin` to `end`, both included; without a bound all of that side.
  [[nodiscard]] std::vector<TimelinePoint> points(std::optional<Seconds> begin,
                                                  std::optional<Seconds> end) const {
    const auto first =
        begin ? first_point(points_, [&](Seconds it) { return it >= *begin; }) : points_.begin();
    const auto last =
        end ? first_point(points_, [&](Seconds it) { return it > *end; }) : points_.end();
    std::vector<TimelinePoint> chosen;
    if (first >= last) return chosen;
    chosen.reserve(static_cast<std::size_t>(last - first));
    std::transform(first, last, std::back_inserter(chosen),
                   [](const SummedPoint& it) { return it.point; });
    return chosen;
  }

  // The value of the point nearest to `time`, of two as near the earlier; without a time the newest
  // value. Nothing while there are no points.
  [[nodiscard]] std::optional<double> value_near(std::optional<Seconds> time) const {
    if (points_.empty()) return std::nullopt;
    if (!time) return points_.back().point.value;
    const auto after = first_point(points_, [&](Seconds it) { return it >= *time; });
    if (after == points_.begin()) return points_.front().point.value;
    if (after == points_.end()) return points_.back().point.value;
    const TimelinePoint& earlier = (after - 1)->point;
    const TimelinePoint& later = after->point;
    return (*time - earlier.time <= later.time - *time ? earlier : later).value;
  }

  // The integral over time from `begin` to `end` (zero where end comes first). The first value
  // holds before the first point, the last one after the last. Nothing while there are no points.
  [[nodiscard]] std::optional<double> integral(Seconds begin, Seconds end) const {
    if (points_.empty()) return std::nullopt;
    if (end <= begin) return 0;
    return integral_until(points_, end) - integral_until(points_, begin);
  }

 private:
  std::optional<std::size_t> max_points_;
  std::deque<SummedPoint> points_;
};

}  // namespace zeus
