// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/probe_result.h"

#include <algorithm>
#include <cmath>

namespace zeus {

ProbeResult combine(std::span<const ProbeResult> ranks) {
  ProbeResult job;
  job.setting = ranks.front().setting;
  job.steps = ranks.front().steps;
  double energy_variance = 0.0;
  for (const ProbeResult& rank : ranks) {
    job.energy += rank.energy;
    energy_variance += rank.energy_error.value() * rank.energy_error.value();
    if (rank.time > job.time) {
      job.time = rank.time;
      job.time_error = rank.time_error;
      job.long_steps = rank.long_steps;
    }
    job.steps = std::min(job.steps, rank.steps);
    job.drifts = job.drifts || rank.drifts;
    job.is_sure = job.is_sure && rank.is_sure;
  }
  job.energy_error = Joules(std::sqrt(energy_variance));
  return job;
}

PowerLimitMeasurement to_measurement(const ProbeResult& result, Watts host_power) {
  return {.power_limit = result.setting.power_limit,
          .energy = result.energy + host_power * result.time,
          .time = result.time};
}

std::vector<PowerLimitMeasurement> to_measurements(std::span<const ProbeResult> results) {
  std::vector<PowerLimitMeasurement> measurements;
  measurements.reserve(results.size());
  for (const ProbeResult& result : results) measurements.push_back(to_measurement(result));
  return measurements;
}

}  // namespace zeus
