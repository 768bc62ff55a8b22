// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The parametric model's job that is most like a measured one. A curve over power limits does not
// say what locked clocks would do; the fitted job does.
#pragma once

#include <map>
#include <mutex>
#include <span>

#include "simulator/model/gpu_model.h"
#include "simulator/model/workload.h"

namespace simulator {

// At a locked clock, relative to the highest.
struct ClockPoint {
  double clock = 1;
  double seconds = 0;
  double watts = 0;
};

// The job whose times and powers have the least mean distance from the points', in ratios. Where
// the points leave something open (what clocks do to a job on which no limit acts), an ordinary
// job's shares. `points` is not empty.
[[nodiscard]] ParametricWorkload fit_to_limits(const GpuModel& gpu,
                                               std::span<const CurvePoint> points);
[[nodiscard]] ParametricWorkload fit_to_clocks(const GpuModel& gpu,
                                               std::span<const ClockPoint> points);

// fit_to_limits() of one curve on each model, made when it is first asked for: it takes some 10 ms.
class LazyFit {
 public:
  // `gpu`: one of gpu_models().
  [[nodiscard]] ParametricWorkload of(const GpuModel& gpu, std::span<const CurvePoint> points) {
    const std::lock_guard lock(mutex_);
    const auto [found, is_new] = jobs_.try_emplace(&gpu);
    if (is_new) found->second = fit_to_limits(gpu, points);
    return found->second;
  }

 private:
  std::mutex mutex_;
  std::map<const GpuModel*, ParametricWorkload> jobs_;
};

}  // namespace simulator
