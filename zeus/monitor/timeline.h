// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A quantity over time: the points at which it changed, the newest ones where their number is
// bounded. It holds from one point to the next. Pure; not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <optional>
#include <vector>

#include "zeus/units.h"

namespace zeus {

struct TimelinePoint {
  Seconds time;
  double value = 0;

  bool operator==(const TimelinePoint&) const = default;
};

class Timeline {
 public:
  // None: unbounded.
  explicit Timeline(std::optional<std::size_t> max_points) : max_points_(max_points) {}

  // A reading. Only a change makes a point. Readings come in the order of time; an older one than
  // the newest is dropped.
  void add(Seconds time, double value) {
    if (!points_.empty() && (time < points_.back().time || value == points_.back().value)) return;
    points_.push_back({time, value});
    if (max_points_ && points_.size() > *max_points_) points_.pop_front();
  }

  // The points from `begin` to `end`, both included; without a bound all of that side.
  [[nodiscard]] std::vector<TimelinePoint> points(std::optional<Seconds> begin,
                                                  std::optional<Seconds> end) const {
    std::vector<TimelinePoint> chosen;
    std::ranges::copy_if(points_, std::back_inserter(chosen), [&](const TimelinePoint& point) {
      return !(begin && point.time < *begin) && !(end && point.time > *end);
    });
    return chosen;
  }

  // The value of the point nearest to `time`, of two as near the earlier; without a time the newest
  // value. Nothing while there are no points.
  [[nodiscard]] std::optional<double> value_near(std::optional<Seconds> time) const {
    if (points_.empty()) return std::nullopt;
    if (!time) return points_.back().value;
    const auto after = std::ranges::lower_bound(points_, *time, {}, &TimelinePoint::time);
    if (after == points_.begin()) return points_.front().value;
    if (after == points_.end()) return points_.back().value;
    const auto before = after - 1;
    return (*time - before->time <= after->time - *time ? before : after)->value;
  }

  // The integral over time from `begin` to `end` (zero where end comes first). The first value
  // holds before the first point, the last one after the last. Nothing while there are no points.
  [[nodiscard]] std::optional<double> integral(Seconds begin, Seconds end) const {
    if (points_.empty()) return std::nullopt;
    double sum = 0;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      const Seconds from = i == 0 ? begin : std::max(begin, points_[i].time);
      const Seconds to = i + 1 == points_.size() ? end : std::min(end, points_[i + 1].time);
      if (to > from) sum += points_[i].value * (to - from).value();
    }
    return sum;
  }

 private:
  std::optional<std::size_t> max_points_;
  std::deque<TimelinePoint> points_;
};

}  // namespace zeus
