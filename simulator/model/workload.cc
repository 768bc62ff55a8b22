// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/model/workload.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "simulator/model/workload_fit.h"

namespace simulator {
namespace {

constexpr std::array kWorkloads{
    NamedWorkload{"V100 ResNet-50",
                  {.dynamic_w = 268, .clock_bound = 0.77, .idle_share = 0.19, .step_s = 0.36}},
    NamedWorkload{"V100 BERT-SQuAD",
                  {.dynamic_w = 297, .clock_bound = 0.77, .idle_share = 0.17, .step_s = 0.28}},
    NamedWorkload{"V100 DeepSpeech2",
                  {.dynamic_w = 170, .clock_bound = 0.61, .idle_share = 0.30, .step_s = 0.52}},
    NamedWorkload{"A40 BERT-SQuAD",
                  {.dynamic_w = 201, .clock_bound = 0.85, .idle_share = 0.12, .step_s = 0.24}},
    // Extrapolated as the models of these GPUs are.
    NamedWorkload{"A100 BERT-SQuAD",
                  {.dynamic_w = 348, .clock_bound = 0.77, .idle_share = 0.15, .step_s = 0.12}},
    NamedWorkload{"H100 BERT-SQuAD",
                  {.dynamic_w = 630, .clock_bound = 0.75, .idle_share = 0.15, .step_s = 0.06}},
    NamedWorkload{"NCF", {.dynamic_w = 2, .clock_bound = 0.6, .idle_share = 0.5, .step_s = 0.02}},
};

}  // namespace

double busy_watts(const GpuModel& gpu, double dynamic_w, double phi) {
  const double voltage = std::max(gpu.voltage.min, 1.0 - gpu.voltage.slope * (1.0 - phi));
  return gpu.draw_w.fixed + dynamic_w * phi * voltage * voltage;
}

double clock_at_limit(const GpuModel& gpu, const ParametricWorkload& job, double limit_w,
                      double max_phi) {
  const double cap = gpu.limit_overshoot * limit_w;
  if (busy_watts(gpu, job.dynamic_w, max_phi) <= cap) return max_phi;
  const double lowest = std::min(gpu.min_phi, max_phi);
  const double target = (cap - gpu.draw_w.fixed) / job.dynamic_w;
  // Below this clock the voltage is at its minimum and power is proportional to the clock.
  const double level = 1 - (1 - gpu.voltage.min) / gpu.voltage.slope;
  const double proportional = target / (gpu.voltage.min * gpu.voltage.min);
  if (proportional <= level) return std::max(lowest, proportional);
  // Above it power is convex: Newton's steps from the right fall towards the clock.
  double phi = max_phi;
  for (int i = 0; i < 50; ++i) {
    const double voltage = 1 - gpu.voltage.slope * (1 - phi);
    const double slope = voltage * voltage + 2 * gpu.voltage.slope * phi * voltage;
    const double next = phi - (phi * voltage * voltage - target) / slope;
    if (next >= phi) break;
    phi = next;
  }
  return std::max(lowest, phi);
}

OperatingPoint operating_point(const GpuModel& gpu, const ParametricWorkload& job, double limit_w,
                               double max_phi) {
  const double phi = clock_at_limit(gpu, job, limit_w, max_phi);
  const double x = job.clock_bound;
  const double y = job.idle_share;
  const double seconds = job.step_s * (x * (1 - y) / phi + (1 - x) * (1 - y) + y);
  const double idle_s = job.step_s * y;
  const double watts =
      (busy_watts(gpu, job.dynamic_w, phi) * (seconds - idle_s) + gpu.draw_w.idle * idle_s) /
      seconds;
  return {.seconds = seconds, .watts = watts, .clock = phi};
}

OperatingPoint operating_point(const ReplayWorkload& job, double limit_w) {
  const auto& curve = job.curve;
  const double fastest = std::ranges::min(curve, {}, &CurvePoint::seconds).seconds;
  const auto at = [fastest](double seconds, double watts) {
    return OperatingPoint{.seconds = seconds, .watts = watts, .clock = fastest / seconds};
  };
  const auto above = std::ranges::lower_bound(curve, limit_w, {}, &CurvePoint::limit_w);
  if (above == curve.end()) return at(curve.back().seconds, curve.back().watts);
  if (above == curve.begin() || above->limit_w == limit_w) {
    return at(above->seconds, above->watts);
  }
  const CurvePoint& a = *std::prev(above);
  const CurvePoint& b = *above;
  const double share = (limit_w - a.limit_w) / (b.limit_w - a.limit_w);
  return at(a.seconds + share * (b.seconds - a.seconds), a.watts + share * (b.watts - a.watts));
}

namespace {

OperatingPoint locked_point(const GpuModel& gpu, const ReplayWorkload& job, double limit_w,
                            double max_phi) {
  const ParametricWorkload fitted = job.fit->of(gpu, job.curve);
  const double lowest = job.curve.front().limit_w;
  if (clock_at_limit(gpu, fitted, std::max(limit_w, lowest)) <= max_phi) {
    return operating_point(job, limit_w);
  }
  const double like_limit = busy_watts(gpu, fitted.dynamic_w, max_phi) / gpu.limit_overshoot;
  OperatingPoint point = operating_point(job, std::max(like_limit, lowest));
  if (like_limit < lowest) {
    const OperatingPoint from = operating_point(gpu, fitted, lowest);
    const OperatingPoint to = operating_point(gpu, fitted, lowest, max_phi);
    point.seconds *= to.seconds / from.seconds;
    point.watts *= to.watts / from.watts;
  }
  point.clock = max_phi;
  return point;
}

}  // namespace

OperatingPoint operating_point(const GpuModel& gpu, const Workload& job, double limit_w,
                               double max_phi) {
  if (const auto* replay = std::get_if<ReplayWorkload>(&job)) {
    return max_phi < 1.0 && replay->fit ? locked_point(gpu, *replay, limit_w, max_phi)
                                        : operating_point(*replay, limit_w);
  }
  return operating_point(gpu, std::get<ParametricWorkload>(job), limit_w, max_phi);
}

std::span<const NamedWorkload> built_in_workloads() { return kWorkloads; }

const ParametricWorkload* find_workload(std::string_view name) {
  const auto found = std::ranges::find(kWorkloads, name, &NamedWorkload::name);
  return found != kWorkloads.end() ? &found->job : nullptr;
}

std::string_view default_workload(std::string_view gpu_model) {
  for (const NamedWorkload& workload : kWorkloads) {
    if (workload.name.substr(0, workload.name.find(' ')) == gpu_model) return workload.name;
  }
  return kWorkloads.front().name;
}

}  // namespace simulator
