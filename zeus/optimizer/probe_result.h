// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What one setting did: the outcome of a probe, of one rank or of the whole job. Pure.
#pragma once

#include <span>
#include <vector>

#include "zeus/device/knob.h"
#include "zeus/optimizer/optimum_selector.h"
#include "zeus/units.h"

namespace zeus {

// The steps of a probe that took much longer than the others, without a cycle.
struct LongSteps {
  double share = 0.0;        // of the steps
  double times = 0.0;        // a normal step's time; 0 where there were none
  bool are_counted = false;  // in the probe's time and energy

  bool operator==(const LongSteps&) const = default;
};

struct ProbeResult {
  KnobSetting setting{};
  // For `profile_steps` steps, whatever number was measured: every result of a search is for the
  // same number. Energy is that of all GPUs that were counted, time that of the slowest rank.
  Joules energy{};
  Seconds time{};
  // One standard deviation of each; zero where nothing is known of it.
  Joules energy_error{};
  Seconds time_error{};
  int steps = 0;  // that were measured
  LongSteps long_steps{};
  bool drifts = false;  // the second half of the steps was unlike the first
  bool is_sure = true;  // false: measuring ended before the figures were as sure as wanted

  bool operator==(const ProbeResult&) const = default;
};

// The job's result from its ranks' results of one setting: energies add up, the slowest rank's time
// counts. `ranks` is not empty.
[[nodiscard]] ProbeResult combine(std::span<const ProbeResult> ranks);

// What a selector sees of it. The host draws `host_power` meanwhile.
[[nodiscard]] PowerLimitMeasurement to_measurement(const ProbeResult& result,
                                                   Watts host_power = Watts(0));
[[nodiscard]] std::vector<PowerLimitMeasurement> to_measurements(
    std::span<const ProbeResult> results);

}  // namespace zeus
