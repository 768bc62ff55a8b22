// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a training step costs at a power limit: by the fitted parametric model, or replayed from a
// measured curve. Pure functions of their arguments.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/model/gpu_model.h"

namespace simulator {

// Duration and mean power of one step.
struct OperatingPoint {
  double seconds = 0;
  double watts = 0;
  double clock = 1;  // relative to the highest; of a replayed curve: a guess from the time
};

// A job in the parametric model. At full clock a step takes step_s.
struct ParametricWorkload {
  double dynamic_w = 0;    // A: dynamic power at full clock and voltage
  double clock_bound = 0;  // x: share of the busy time that grows as the clock falls
  double idle_share = 0;   // y: share of a step at full clock during which the GPU waits
  double step_s = 0;       // T1
};

// A measured curve, ascending in limit_w; seconds are those of one step.
struct CurvePoint {
  double limit_w = 0;
  double seconds = 0;
  double watts = 0;
};
class LazyFit;  // workload_fit.h
struct ReplayWorkload {
  std::vector<CurvePoint> curve;
  std::shared_ptr<LazyFit> fit{};  // by which locked clocks act; without it they don't
};

using Workload = std::variant<ParametricWorkload, ReplayWorkload>;

// While the GPU works on a job of that dynamic power, at a relative clock.
[[nodiscard]] double busy_watts(const GpuModel& gpu, double dynamic_w, double phi);

// The largest relative clock in [gpu.min_phi, max_phi] whose busy power stays within the limit.
[[nodiscard]] double clock_at_limit(const GpuModel& gpu, const ParametricWorkload& job,
                                    double limit_w, double max_phi = 1.0);

[[nodiscard]] OperatingPoint operating_point(const GpuModel& gpu, const ParametricWorkload& job,
                                             double limit_w, double max_phi = 1.0);

// Linear between the points; beyond the first and the last the curve goes on level.
[[nodiscard]] OperatingPoint operating_point(const ReplayWorkload& job, double limit_w);

// A locked clock acts on a replayed curve as the limit does that leaves the fitted job this clock;
// below the curve's lowest limit the fitted job says how times and powers go on.
[[nodiscard]] OperatingPoint operating_point(const GpuModel& gpu, const Workload& job,
                                             double limit_w, double max_phi = 1.0);

struct NamedWorkload {
  std::string_view name;
  ParametricWorkload job;
};
// The built-in jobs; nullptr when there is none of that name.
[[nodiscard]] std::span<const NamedWorkload> built_in_workloads();
[[nodiscard]] const ParametricWorkload* find_workload(std::string_view name);
// The name of the one that suits GPUs of this model best.
[[nodiscard]] std::string_view default_workload(std::string_view gpu_model);

}  // namespace simulator
