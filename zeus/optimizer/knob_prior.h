// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What is known of every GPU before it is probed, and the belief that follows from it and from the
// probes so far. Below the power that a job draws without a limit, power falls nearly as the limit
// does and time grows, slowly first and steeply near the lowest limits. How steeply differs between
// jobs and more between GPU models, so the prior is wide there. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/optimizer/knob_belief.h"
#include "zeus/optimizer/probe_result.h"

namespace zeus {

/// The prior's figures. All deviations are of logarithms; e is limit / draw at the ceiling.
struct KnobPrior {
  // Above these e a limit does not act on time, on power.
  double highest_e_time = 1.4;
  double highest_e_power = 1.8;

  // ln T = time_scale z(e) + level, z = exp(-time_rate (e - 0.5)) - z(ceiling).
  double time_scale = 0.55;
  double time_rate = 4.5;
  double time_scale_deviation = 0.2;  // of all limits together
  double time_shape_deviation = 0.3;  // along the curve, times z
  double time_shape_length = 0.2;     // in e
  double time_bump_deviation = 0.02;  // whatever z is
  double time_bump_length = 0.2;
  double time_point_deviation = 0.003;  // of each limit for itself

  // ln P = -power_scale w ln(1 + exp(-(ln e - power_knee) / w)) + level, w = power_width.
  double power_scale = 0.86;
  double power_knee = 0.24;
  double power_width = 0.09;
  double power_shape_deviation = 0.06;
  double power_shape_length = 0.2;
  double power_point_deviation = 0.005;

  // Steps draw no more than this many times their limit: what is more is spent between epochs.
  double most_over_limit = 1.05;
  double least_in_steps = 0.02;  // of the energy, whatever is spent between them

  double level_deviation = 2.0;  // of time and power at the ceiling
  // Of a probe that does not say how sure it is.
  double unknown_error = 0.01;
  // A probe that claims to be surer is not believed.
  double least_error = 0.001;

  std::vector<ProbeNoise> noises{{.between = 0.003, .drift = 0.001, .weight = 0.55},
                                 {.between = 0.01, .drift = 0.001, .weight = 0.15},
                                 {.between = 0.03, .drift = 0.001, .weight = 0.15},
                                 {.between = 0.003, .drift = 0.006, .weight = 0.15}};
};

/// A probe in the terms of the belief. Its index is into `limits` of BelievedLimits.
struct BelievedProbe {
  KnobReading reading;
  Watts limit;
  bool drifts = false;  // the second half of its steps was unlike the first
};

/// The belief over a grid of limits.
struct BelievedLimits {
  std::vector<Watts> limits;          // highest first: the grid and every limit that was probed
  std::vector<std::size_t> open;      // indices of those that are allowed, highest first
  std::vector<BelievedProbe> probes;  // those of the history that count, in their order
  Watts draw;                         // of one GPU, without a limit that acts
  Joules between{};                   // of a result's energy, what isn't its steps'
  KnobBelief belief;
};

/// Limits from the highest allowed to the lowest, both included: 5 W or 2 % of the range apart,
/// whichever is more; where the range is below 100 W, 2 % of it.
[[nodiscard]] std::vector<Watts> grid_of(PowerLimitRange allowed);

/// Probes that can be learnt from: positive, finite figures, and no locked clock.
[[nodiscard]] bool counts(const ProbeResult& result);

/// What of each result's energy was spent between epochs, at least. Where epochs are shorter than
/// the counter's ticks, a result's energy is that of whole epochs, and what is between them is
/// taken as equal at all limits.
[[nodiscard]] Joules energy_between(std::span<const ProbeResult> history, std::size_t gpu_count,
                                    const KnobPrior& prior);

/// `history` has a result that counts. `gpu_count`: of the whole job, whose energy a result has.
[[nodiscard]] BelievedLimits believe(std::span<const ProbeResult> history, PowerLimitRange allowed,
                                     std::size_t gpu_count, const KnobPrior& prior);

}  // namespace zeus
