// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/drift_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "zeus/optimizer/step_statistics.h"

namespace zeus {
namespace {

constexpr std::size_t kRecent = 5;          // a stall or two among so many don't move their median
constexpr double kMedianOfNormal = 0.6745;  // of the distance from the mean, in deviations
constexpr double kFewFigures = 1.15;        // how much too small a scatter of ten figures may be
constexpr double kLeastScatter = 0.002;
constexpr double kScatterRate = 0.03;  // how fast the scatter is learned: in some 60 figures
constexpr double kSideRate = 0.01;     // the same of correlation
constexpr double kFirstCorrelation = 0.4;
constexpr double kLeastCorrelation = 0.2;
constexpr double kMostCorrelation = 0.9;
constexpr double kMostRefinement = 1.5;  // a figure counts as so many deviations off at most

double percent(double logarithm) { return 100 * std::abs(std::expm1(logarithm)); }

}  // namespace

void LastingChange::add(double figure) {
  if (++seen_ <= rules_.ignored) return;
  const double value = std::log(figure);
  if (counted_ == 0) {
    learn(value);
  } else {
    watch(value - usual_);
  }
}

void LastingChange::learn(double value) {
  first_.push_back(value);
  if (std::cmp_less(first_.size(), rules_.learned)) return;
  usual_ = median(first_);
  for (double& it : first_) it = std::abs(it - usual_);
  scatter_ = std::max(kLeastScatter, kFewFigures * median(first_) / kMedianOfNormal);
  same_side_ = 2 / std::numbers::pi * std::asin(kFirstCorrelation);
  counted_ = rules_.learned;
}

// Of means of several figures, so to say: where figures resemble their neighbours, sums of them
// scatter more.
double LastingChange::deviation() const {
  const double correlation =
      std::clamp(std::sin(std::numbers::pi / 2 * same_side_), kLeastCorrelation, kMostCorrelation);
  return std::max(rules_.least_deviation,
                  scatter_ * std::sqrt((1 + correlation) / (1 - correlation)));
}

// What is usual is known to its own error only.
double LastingChange::slack() const {
  return std::max(rules_.least, rules_.deviations * deviation()) +
         deviation() / std::sqrt(static_cast<double>(counted_));
}

double LastingChange::recent_difference() const { return recent_.empty() ? 0.0 : median(recent_); }

void LastingChange::watch(double difference) {
  const double sure = rules_.sure * deviation();
  const double most = rules_.most_of_one * sure;
  // Both forget a change that is over as fast as they saw it.
  above_ = std::clamp(above_ + std::clamp(difference - slack(), -most, most), 0.0, 1.5 * sure);
  below_ = std::clamp(below_ + std::clamp(-difference - slack(), -most, most), 0.0, 1.5 * sure);
  recent_.push_back(difference);
  if (recent_.size() > kRecent) recent_.erase(recent_.begin());
  adapt(difference);
}

void LastingChange::adapt(double difference) {
  // A change must not pass for scatter.
  if (std::abs(recent_difference()) <= slack()) {
    const double side = difference * last_difference_ > 0 ? 1.0 : -1.0;
    if (last_difference_ != 0.0) same_side_ += kSideRate * (side - same_side_);
    const double half = std::abs(difference) > kMedianOfNormal * scatter_ ? 0.5 : -0.5;
    scatter_ = std::max(kLeastScatter, scatter_ * std::exp(kScatterRate * half));
  }
  last_difference_ = difference;
  if (counted_ >= rules_.refined) return;
  const double most = kMostRefinement * deviation();
  usual_ += std::clamp(difference, -most, most) / ++counted_;
}

std::optional<double> LastingChange::found() const {
  const double recent = recent_difference();
  const double sure = rules_.sure * deviation();
  if (above_ >= sure && recent > slack()) return recent;
  if (below_ >= sure && recent < -slack()) return recent;
  return std::nullopt;
}

std::optional<std::string> DriftWatch::change() const {
  if (const std::optional<double> it = step_time_.found()) {
    return fmt::format("Steps take {:.0f} % {} than when the power limit was chosen", percent(*it),
                       *it > 0 ? "longer" : "less time");
  }
  if (const std::optional<double> it = power_.found()) {
    return fmt::format("The GPUs draw {:.0f} % {} power than when the power limit was chosen",
                       percent(*it), *it > 0 ? "more" : "less");
  }
  return std::nullopt;
}

}  // namespace zeus
