// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/knob_prior.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace zeus {
namespace {

constexpr std::int64_t kSteps = 50;
constexpr std::int64_t kWatt = 1000;  // in milliwatts
constexpr std::int64_t kFineRange = 100 * kWatt;

double squared_exponential(double distance, double length) {
  const double ratio = distance / length;
  return std::exp(-0.5 * ratio * ratio);
}

double square(double value) { return value * value; }

GaussianCurve time_prior(std::span<const double> e, const KnobPrior& prior) {
  const std::size_t n = e.size();
  std::vector<double> z(n);
  std::vector<double> capped(n);
  for (std::size_t i = 0; i < n; ++i) {
    capped[i] = std::min(e[i], prior.highest_e_time);
    z[i] = std::exp(-prior.time_rate * (capped[i] - 0.5)) -
           std::exp(-prior.time_rate * (capped[0] - 0.5));
  }
  std::vector<double> mean(n);
  std::vector<double> covariance(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    mean[i] = prior.time_scale * z[i];
    for (std::size_t j = 0; j < n; ++j) {
      const double distance = capped[i] - capped[j];
      covariance[i * n + j] =
          square(prior.level_deviation) + square(prior.time_scale_deviation) * z[i] * z[j] +
          square(prior.time_shape_deviation) * z[i] * z[j] *
              squared_exponential(distance, prior.time_shape_length) +
          square(prior.time_bump_deviation) * squared_exponential(distance, prior.time_bump_length);
    }
    covariance[i * n + i] += square(prior.time_point_deviation);
  }
  return {std::move(mean), covariance};
}

GaussianCurve power_prior(std::span<const double> e, const KnobPrior& prior) {
  const std::size_t n = e.size();
  const double width = prior.power_width;
  const auto fall = [&](double at) {
    return -prior.power_scale * width *
           std::log1p(std::exp(-(std::log(at) - prior.power_knee) / width));
  };
  std::vector<double> mean(n);
  for (std::size_t i = 0; i < n; ++i) mean[i] = fall(e[i]) - fall(e[0]);
  std::vector<double> covariance(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const double distance =
          std::min(e[i], prior.highest_e_power) - std::min(e[j], prior.highest_e_power);
      covariance[i * n + j] = square(prior.level_deviation) +
                              square(prior.power_shape_deviation) *
                                  squared_exponential(distance, prior.power_shape_length);
    }
    covariance[i * n + i] += square(prior.power_point_deviation);
  }
  return {std::move(mean), covariance};
}

double relative_variance(double error, double value, const KnobPrior& prior) {
  const double relative = std::isfinite(error) && error > 0 ? error / value : prior.unknown_error;
  return square(std::max(relative, prior.least_error));
}

Joules most_in_steps(const ProbeResult& result, std::size_t gpu_count, const KnobPrior& prior) {
  return prior.most_over_limit * static_cast<double>(gpu_count) * result.setting.power_limit *
         result.time;
}

// `between`: what of the energy is not the steps'.
KnobReading reading_of(const ProbeResult& result, Joules between, const KnobPrior& prior) {
  const double time = result.time.value();
  const double all = result.energy.value();
  const double energy = std::max(all - between.value(), prior.least_in_steps * all);
  return {.index = 0,
          .time = std::log(time),
          .time_variance = relative_variance(result.time_error.value(), time, prior),
          .power = std::log(energy / time),
          .power_variance = relative_variance(result.energy_error.value(), energy, prior)};
}

std::vector<Watts> with_probed(std::vector<Watts> limits, std::span<const BelievedProbe> probes) {
  for (const BelievedProbe& probe : probes) limits.push_back(probe.limit);
  std::ranges::sort(limits, std::ranges::greater());
  const auto [first, last] = std::ranges::unique(limits, same_limit);
  limits.erase(first, last);
  return limits;
}

// Power at the highest limit that was probed, in the mean.
Watts draw_of(std::span<const BelievedProbe> probes, std::size_t gpu_count) {
  const Watts highest = std::ranges::max_element(probes, {}, &BelievedProbe::limit)->limit;
  double sum = 0;
  int count = 0;
  for (const BelievedProbe& probe : probes) {
    if (!same_limit(probe.limit, highest)) continue;
    sum += probe.reading.power;
    ++count;
  }
  return Watts(std::exp(sum / count) / static_cast<double>(gpu_count));
}

}  // namespace

std::vector<Watts> grid_of(PowerLimitRange allowed) {
  const std::int64_t highest = to_milliwatts(allowed.max);
  const std::int64_t lowest = to_milliwatts(allowed.min);
  const std::int64_t range = highest - lowest;
  std::int64_t stride = std::max<std::int64_t>(1, range / kSteps);
  const std::int64_t round = range < kFineRange ? kWatt : 5 * kWatt;
  if (range >= kFineRange) stride = std::max(stride, round);
  if (stride > round) stride -= stride % round;
  std::vector<Watts> grid;
  for (std::int64_t limit = highest; limit > lowest; limit -= stride) {
    grid.push_back(from_milliwatts(limit));
  }
  grid.push_back(from_milliwatts(lowest));
  return grid;
}

bool counts(const ProbeResult& result) {
  const auto is_usable = [](double value) { return std::isfinite(value) && value > 0; };
  return is_usable(result.energy.value()) && is_usable(result.time.value()) &&
         is_usable(result.setting.power_limit.value()) && !result.setting.locked_clock;
}

Joules energy_between(std::span<const ProbeResult> history, std::size_t gpu_count,
                      const KnobPrior& prior) {
  Joules most{0};
  for (const ProbeResult& it : history) {
    if (counts(it)) most = std::max(most, it.energy - most_in_steps(it, gpu_count, prior));
  }
  return most;
}

BelievedLimits believe(std::span<const ProbeResult> history, PowerLimitRange allowed,
                       std::size_t gpu_count, const KnobPrior& prior) {
  const Joules between = energy_between(history, gpu_count, prior);
  std::vector<BelievedProbe> probes;
  for (const ProbeResult& result : history) {
    if (!counts(result)) continue;
    probes.push_back({.reading = reading_of(result, between, prior),
                      .limit = result.setting.power_limit,
                      .drifts = result.drifts});
  }
  std::vector<Watts> limits = with_probed(grid_of(allowed), probes);
  const Watts draw = draw_of(probes, gpu_count);
  std::vector<double> e;
  e.reserve(limits.size());
  for (const Watts limit : limits) e.push_back(limit / draw);

  GaussianCurve time = time_prior(e, prior);
  GaussianCurve power = power_prior(e, prior);
  // The level is unknown, but not by more than level_deviation: both begin at the first reading.
  const KnobReading first = probes.front().reading;
  time.shift(first.time);
  power.shift(first.power);
  BelievedLimits believed{.limits = std::move(limits),
                          .open = {},
                          .probes = std::move(probes),
                          .draw = draw,
                          .between = between,
                          .belief = KnobBelief(time, power, prior.noises)};
  for (std::size_t i = 0; i < believed.limits.size(); ++i) {
    if (allowed.contains(believed.limits[i])) believed.open.push_back(i);
  }
  for (BelievedProbe& probe : believed.probes) {
    const auto at = std::ranges::find_if(
        believed.limits, [&](Watts limit) { return same_limit(limit, probe.limit); });
    probe.reading.index = static_cast<std::size_t>(at - believed.limits.begin());
    believed.belief.learn(probe.reading);
  }
  return believed;
}

}  // namespace zeus
