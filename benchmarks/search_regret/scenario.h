// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What disturbs a job while it is measured.
#pragma once

#include <string>
#include <vector>

namespace zeus::search_regret {

struct Scenario {
  std::string name;
  double step = 0.25;           // s, at the ceiling
  double step_scatter = 0.02;   // of ln(time), one standard deviation
  double power_scatter = 0.01;  // of ln(power), from step to step
  double correlation = 0.0;     // of the time's scatter between one step and the next
  double window_scatter = 0.0;  // of ln(time), drawn anew at each change of the limit
  double early = 0.0;           // so much slower at first
  double early_steps = 30;      // in which that decays
  double stall_share = 0.0;     // of the steps: take ten times as long, at 0.4 of the power
  int evaluation_every = 0;     // steps, after which 30 steps' time passes without a word
  double heat = 0.0;            // time and power rise or fall by so much, in a minute
  bool cycles = false;          // every 4th to 8th step takes 5 times as long, at 0.6 of the power
  double long_share = 0.0;      // of the steps: take 2.5 times as long
  bool long_is_fixed = false;   // those of cycles and share take as long at every limit
  double length_scatter = 0.0;  // of a step's work, uniform, one standard deviation
  int epoch_steps = 0;          // 0: one endless epoch
  double gap_scatter = 0.0;     // of the power between epochs
  int host_ahead = 0;           // steps that the host hands over before they begin
  bool pulses = false;          // a step draws much for 3/5 of its time, and 0.3 of that then
};

[[nodiscard]] const std::vector<Scenario>& scenarios();

}  // namespace zeus::search_regret
