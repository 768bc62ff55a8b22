// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/step_statistics.h"

#include <algorithm>
#include <cmath>

namespace zeus {
namespace {

// The median absolute deviation of normally distributed values times this is their standard
// deviation.
constexpr double kNormalDeviation = 1.4826;

constexpr double kDifferentHalves = 3.0;  // standard errors

// Of the last long steps the distances are looked at; so many of them must fit the cycle.
constexpr std::size_t kLastLongSteps = 12;
constexpr double kFittingShare = 0.75;
constexpr double kLeastLongSteps = 0.7;  // of those that the cycle lets expect

// Values that swing around the mean tell more than as many independent ones, but not without end.
constexpr double kLeastInflation = 0.1;

std::vector<std::size_t> last_long_steps(std::span<const StepKind> kinds) {
  std::vector<std::size_t> places;
  for (std::size_t i = kinds.size(); i-- > 0 && places.size() < kLastLongSteps;) {
    if (kinds[i] == StepKind::kLong) places.push_back(i);
  }
  return places;  // the last first
}

// The variance of the mean over that of as many independent values.
double inflation(std::span<const double> values, double mean, double squares) {
  const double root = std::sqrt(static_cast<double>(values.size()));
  double factor = 1.0;
  for (std::size_t lag = 1; static_cast<double>(lag) <= root; ++lag) {
    double products = 0.0;
    for (std::size_t i = lag; i < values.size(); ++i) {
      products += (values[i] - mean) * (values[i - lag] - mean);
    }
    factor += 2.0 * (1.0 - static_cast<double>(lag) / (root + 1.0)) * products / squares;
  }
  return std::max(kLeastInflation, factor);
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2.0;
}

std::vector<StepKind> classify_steps(std::span<const double> times, double least_factor,
                                     double deviations) {
  std::vector<double> logs(times.size());
  std::ranges::transform(times, logs.begin(), [](double time) { return std::log(time); });
  const double center = median(logs);
  std::vector<double> distances(logs.size());
  std::ranges::transform(logs, distances.begin(),
                         [center](double value) { return std::abs(value - center); });
  const double far =
      std::max(std::log(least_factor), deviations * kNormalDeviation * median(distances));
  std::vector<StepKind> kinds(times.size(), StepKind::kNormal);
  for (std::size_t i = 0; i < logs.size(); ++i) {
    if (logs[i] - center > far) kinds[i] = StepKind::kLong;
    if (center - logs[i] > far) kinds[i] = StepKind::kShort;
  }
  return kinds;
}

int find_cycle(std::span<const StepKind> kinds, int longest) {
  const std::vector<std::size_t> places = last_long_steps(kinds);
  if (places.size() < 3) return 0;
  std::vector<int> distances(places.size() - 1);
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    distances[i] = static_cast<int>(places[i] - places[i + 1]);
  }
  int cycle = 0;
  std::ptrdiff_t seen = 1;  // at least twice
  for (int candidate = 2; candidate <= longest; ++candidate) {
    const std::ptrdiff_t times = std::ranges::count(distances, candidate);
    if (times > seen) {
      cycle = candidate;
      seen = times;
    }
  }
  if (cycle == 0) return 0;
  const auto fitting =
      std::ranges::count_if(distances, [cycle](int distance) { return distance % cycle == 0; });
  if (static_cast<double>(fitting) < kFittingShare * static_cast<double>(distances.size())) {
    return 0;
  }
  const auto all = static_cast<double>(kinds.size());
  const auto long_steps = static_cast<double>(std::ranges::count(kinds, StepKind::kLong));
  return long_steps >= kLeastLongSteps * all / cycle ? cycle : 0;
}

MeanAndError mean_and_error(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  if (values.empty()) return {};
  // Sums of what is above the first value don't cancel.
  const double first = values.front();
  double sum = 0.0;
  for (const double value : values) sum += value - first;
  const double mean = first + sum / count;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  if (values.size() < 2 || squares == 0.0) return {.mean = mean, .error = 0.0};
  const double variance = squares / (count - 1.0);
  return {.mean = mean, .error = std::sqrt(variance * inflation(values, mean, squares) / count)};
}

bool halves_differ(std::span<const double> values, double least_share) {
  const std::size_t half = values.size() / 2;
  if (half < 2) return false;
  const MeanAndError first = mean_and_error(values.first(half));
  const MeanAndError second = mean_and_error(values.last(half));
  const double difference = std::abs(first.mean - second.mean);
  const double error = std::hypot(first.error, second.error);
  return difference > kDifferentHalves * error &&
         difference > least_share * (first.mean + second.mean) / 2.0;
}

}  // namespace zeus
