// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/model/workload_fit.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace simulator {
namespace {

constexpr int kShares = 20;  // of clock_bound and of idle_share, from 0 to nearly 1
constexpr double kLeastDynamicWatts = 1.0;
constexpr double kDynamicStep = 1.07;
constexpr int kDynamicSteps = 112;  // to about 2000 W
// What decides where the points don't.
constexpr double kUsualClockBound = 0.6;
constexpr double kUsualIdleShare = 0.3;
constexpr double kPullToUsual = 1e-3;

// What was measured, at a clock that may depend on the job.
struct Target {
  double clock = 1;
  double seconds = 0;
  double watts = 0;
};

struct Fit {
  ParametricWorkload job;
  double distance = std::numeric_limits<double>::infinity();
};

// The best shares for this dynamic power.
void try_shares(const GpuModel& gpu, double dynamic_w, const std::vector<Target>& targets,
                Fit& best) {
  std::vector<double> busy;
  busy.reserve(targets.size());
  for (const Target& it : targets) busy.push_back(busy_watts(gpu, dynamic_w, it.clock));
  const auto count = static_cast<double>(targets.size());
  std::vector<double> time(targets.size());
  for (int i = 0; i <= kShares; ++i) {
    for (int j = 0; j < kShares; ++j) {
      const double x = static_cast<double>(i) / kShares;
      const double y = static_cast<double>(j) / kShares;
      double distance =
          kPullToUsual * (std::abs(x - kUsualClockBound) + std::abs(y - kUsualIdleShare));
      double scale = 0.0;
      for (std::size_t k = 0; k < targets.size(); ++k) {
        const double seconds = x * (1 - y) / targets[k].clock + (1 - x) * (1 - y) + y;
        const double watts = (busy[k] * (seconds - y) + gpu.draw_w.idle * y) / seconds;
        distance += std::abs(std::log(watts / targets[k].watts)) / count;
        time[k] = std::log(targets[k].seconds / seconds);
        scale += time[k] / count;
      }
      for (const double it : time) distance += std::abs(it - scale) / count;
      if (distance >= best.distance) continue;
      best = {.job = {.dynamic_w = dynamic_w,
                      .clock_bound = x,
                      .idle_share = y,
                      .step_s = std::exp(scale)},
              .distance = distance};
    }
  }
}

template <class ClockOf, class Points>
ParametricWorkload fit(const GpuModel& gpu, const Points& points, const ClockOf& clock_of) {
  Fit best;
  std::vector<Target> targets(points.size());
  for (int step = 0; step <= kDynamicSteps; ++step) {
    const double dynamic_w = kLeastDynamicWatts * std::pow(kDynamicStep, step);
    for (std::size_t i = 0; i < points.size(); ++i) {
      targets[i] = {.clock = clock_of(points[i], dynamic_w),
                    .seconds = points[i].seconds,
                    .watts = points[i].watts};
    }
    try_shares(gpu, dynamic_w, targets, best);
  }
  return best.job;
}

}  // namespace

ParametricWorkload fit_to_limits(const GpuModel& gpu, std::span<const CurvePoint> points) {
  return fit(gpu, points, [&gpu](const CurvePoint& point, double dynamic_w) {
    return clock_at_limit(gpu, {.dynamic_w = dynamic_w}, point.limit_w);
  });
}

ParametricWorkload fit_to_clocks(const GpuModel& gpu, std::span<const ClockPoint> points) {
  return fit(gpu, points,
             [](const ClockPoint& point, double /*dynamic_w*/) { return point.clock; });
}

}  // namespace simulator
