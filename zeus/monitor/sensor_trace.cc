// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/sensor_trace.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace zeus {
namespace {

constexpr double kLeastScatter = 0.05;
constexpr double kLeastExplained = 0.8;
constexpr double kDeviationOfMedian = 1.4826;  // of a normal distribution
constexpr int kLeastChanges = 3;

struct Change {
  double time = 0.0;
  double value = 0.0;
  double step = 0.0;
};

// Between the last reading of the old value and the first of the new one.
std::vector<Change> changes_of(std::span<const SensorReading> trace) {
  std::vector<Change> changes;
  for (std::size_t i = 1; i < trace.size(); ++i) {
    const double step = trace[i].value - trace[i - 1].value;
    if (step == 0.0) continue;
    changes.push_back({.time = (trace[i - 1].time() + trace[i].time()).value() / 2.0,
                       .value = trace[i].value,
                       .step = std::abs(step)});
  }
  return changes;
}

double quantile(std::vector<double> values, double share) {
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

double median(const std::vector<double>& values) { return quantile(values, 0.5); }

std::vector<double> differences(const std::vector<double>& values) {
  std::vector<double> result;
  for (std::size_t i = 1; i < values.size(); ++i) result.push_back(values[i] - values[i - 1]);
  return result;
}

// The counter as a line between its changes.
class EnergyLine {
 public:
  explicit EnergyLine(const std::vector<Change>& changes) : changes_(changes) {}

  [[nodiscard]] double begin() const { return changes_.front().time; }
  [[nodiscard]] double end() const { return changes_.back().time; }

  [[nodiscard]] double at(double time) const {
    const auto after = std::ranges::upper_bound(changes_, time, {}, &Change::time);
    if (after == changes_.begin()) return changes_.front().value;
    if (after == changes_.end()) return changes_.back().value;
    const Change& from = *(after - 1);
    return from.value +
           (after->value - from.value) * (time - from.time) / (after->time - from.time);
  }

 private:
  const std::vector<Change>& changes_;
};

// What the sensor shows, at moments that are far enough apart: a few thousand are enough for a fit.
struct Shown {
  double time = 0.0;
  double value = 0.0;
};

std::vector<Shown> thinned(std::span<const SensorReading> trace, double begin, double end) {
  constexpr double kMost = 2000;
  const double apart = std::max(0.01, (end - begin) / kMost);
  std::vector<Shown> shown;
  for (const SensorReading& reading : trace) {
    const double time = reading.time().value();
    if (time < begin || time > end) continue;
    if (shown.empty() || time >= shown.back().time + apart) shown.push_back({time, reading.value});
  }
  return shown;
}

struct Moments {
  double mean = 0.0;
  double squares = 0.0;  // sum of squared deviations
};

Moments moments_of(const std::vector<Shown>& all) {
  Moments moments;
  for (const Shown& shown : all) moments.mean += shown.value;
  moments.mean /= static_cast<double>(all.size());
  for (const Shown& shown : all) {
    moments.squares += (shown.value - moments.mean) * (shown.value - moments.mean);
  }
  return moments;
}

}  // namespace

std::optional<CallTimes> call_times(std::span<const SensorReading> trace) {
  if (trace.empty()) return std::nullopt;
  std::vector<double> times;
  times.reserve(trace.size());
  for (const SensorReading& reading : trace) times.push_back((reading.end - reading.begin).value());
  constexpr double kNearlyAll = 0.99;
  return CallTimes{.median = Seconds(median(times)),
                   .p99 = Seconds(quantile(times, kNearlyAll)),
                   .longest = Seconds(*std::ranges::max_element(times))};
}

std::optional<SensorTicks> ticks_of(std::span<const SensorReading> trace) {
  const std::vector<Change> changes = changes_of(trace);
  if (changes.size() < kLeastChanges) return std::nullopt;
  std::vector<double> at;
  at.reserve(changes.size());
  for (const Change& change : changes) at.push_back(change.time);
  const std::vector<double> intervals = differences(at);
  const double period = median(intervals);
  std::vector<double> deviations;
  deviations.reserve(intervals.size());
  for (const double interval : intervals) deviations.push_back(std::abs(interval - period));
  std::vector<double> read_at;
  read_at.reserve(trace.size());
  for (const SensorReading& reading : trace) read_at.push_back(reading.time().value());
  return SensorTicks{.count = static_cast<int>(changes.size()),
                     .period = Seconds(period),
                     .jitter = Seconds(kDeviationOfMedian * median(deviations)),
                     .least_step = std::ranges::min_element(changes, {}, &Change::step)->step,
                     .is_resolved = period > 2 * median(differences(read_at))};
}

std::optional<PowerSensorFit> fit_power_sensor(std::span<const SensorReading> counter,
                                               std::span<const SensorReading> power) {
  constexpr double kStep = 0.02;
  constexpr double kLongestAveraging = 1.5;
  constexpr double kLongestLag = 0.5;
  const auto ticks = ticks_of(counter);
  const std::vector<Change> counted = changes_of(counter);
  if (!ticks) return std::nullopt;
  const EnergyLine energy(counted);
  const std::vector<Shown> seen =
      thinned(power, energy.begin() + kLongestAveraging + kLongestLag, energy.end());
  if (seen.size() < kLeastChanges) return std::nullopt;
  const Moments moments = moments_of(seen);
  const double scatter = std::sqrt(moments.squares / static_cast<double>(seen.size()));
  if (scatter < kLeastScatter * moments.mean) return std::nullopt;

  double least = std::numeric_limits<double>::infinity();
  PowerSensorFit best;
  const double shortest = std::max(ticks->period.value(), kStep);
  for (int i = 0; shortest + i * kStep <= kLongestAveraging; ++i) {
    const double averaging = shortest + i * kStep;
    for (int j = 0; j * kStep <= kLongestLag; ++j) {
      const double lag = j * kStep;
      double squares = 0.0;
      for (const Shown& shown : seen) {
        const double until = shown.time - lag;
        const double mean = (energy.at(until) - energy.at(until - averaging)) / averaging;
        squares += (shown.value - mean) * (shown.value - mean);
      }
      if (squares >= least) continue;
      least = squares;
      best = {.averaging = Seconds(averaging),
              .lag = Seconds(lag),
              .explained = 1.0 - squares / moments.squares,
              .is_shortest = i == 0};
    }
  }
  return best.explained < kLeastExplained ? std::nullopt : std::optional(best);
}

std::optional<double> counter_over_power(std::span<const SensorReading> counter,
                                         std::span<const SensorReading> power) {
  const std::vector<Change> counted = changes_of(counter);
  if (counted.size() < kLeastChanges) return std::nullopt;
  const double begin = counted.front().time;
  const double end = counted.back().time;
  double integral = 0.0;
  for (std::size_t i = 1; i < power.size(); ++i) {
    const double from = std::clamp(power[i - 1].time().value(), begin, end);
    const double to = std::clamp(power[i].time().value(), begin, end);
    integral += (to - from) * (power[i - 1].value + power[i].value) / 2.0;
  }
  if (integral <= 0.0) return std::nullopt;
  return (counted.back().value - counted.front().value) / integral;
}

ShortestWindow shortest_window(Seconds period, double share) {
  return {.typical = period / (std::sqrt(6.0) * share), .sure = period / share};
}

}  // namespace zeus
