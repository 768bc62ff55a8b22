// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/step_statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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

constexpr double kLeastForCorrelation = 10.0;  // values
constexpr double kMostCorrelation = 0.95;

// The error of the mean of a long series is found from the means of neighbours.
constexpr std::size_t kMostValues = 512;

std::vector<std::size_t> last_long_steps(std::span<const StepKind> kinds) {
  std::vector<std::size_t> places;
  for (std::size_t i = kinds.size(); i-- > 0 && places.size() < kLastLongSteps;) {
    if (kinds[i] == StepKind::kLong) places.push_back(i);
  }
  return places;  // the last first
}

// The correlation of a value with the one `lag` places later. The mean is the series' own, which
// makes independent values look a little opposed: that is put right.
double correlation(std::span<const double> values, double mean, double squares, std::size_t lag) {
  double products = 0.0;
  for (std::size_t i = lag; i < values.size(); ++i) {
    products += (values[i] - mean) * (values[i - lag] - mean);
  }
  return products / squares + 1.0 / static_cast<double>(values.size());
}

// The variance of the mean over that of as many independent values.
double inflation(std::span<const double> values, double mean, double squares) {
  const auto count = static_cast<double>(values.size());
  const double root = std::sqrt(count);
  const double next = correlation(values, mean, squares, 1);
  double factor = 1.0 + 2.0 * (1.0 - 1.0 / (root + 1.0)) * next;
  for (std::size_t lag = 2; static_cast<double>(lag) <= root; ++lag) {
    const double weight = 1.0 - static_cast<double>(lag) / (root + 1.0);
    factor += 2.0 * weight * correlation(values, mean, squares, lag);
  }
  // A correlation that outlasts the lags looked at: as if each value followed from the one before.
  // Of a short series it looks smaller than it is (Kendall 1954).
  if (next > 2.0 / root && count > kLeastForCorrelation) {
    const double true_next = std::min(kMostCorrelation, count * next / (count - 3.0));
    factor = std::max(factor, (1.0 + true_next) / (1.0 - true_next));
  }
  return std::max(kLeastInflation, factor);
}

// Means of as many neighbours as leave at most kMostValues of them.
std::vector<double> thinned(std::span<const double> values) {
  const std::size_t width = (values.size() + kMostValues - 1) / kMostValues;
  std::vector<double> means;
  means.reserve(values.size() / width);
  for (std::size_t at = 0; at + width <= values.size(); at += width) {
    const auto block = values.subspan(at, width);
    means.push_back(std::accumulate(block.begin(), block.end(), 0.0) / static_cast<double>(width));
  }
  return means;
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
  if (values.empty()) return {};
  if (values.size() > kMostValues) {
    const double all = std::accumulate(values.begin(), values.end(), 0.0);
    return {.mean = all / static_cast<double>(values.size()),
            .error = mean_and_error(thinned(values)).error};
  }
  const auto count = static_cast<double>(values.size());
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
