// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/search_regret/scenario.h"

namespace zeus::search_regret {

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all{
      {.name = "calm"},
      {.name = "window noise 3 %", .window_scatter = 0.03},
      {.name = "AR(1) noise", .step_scatter = 0.03, .correlation = 0.9},
      {.name = "early slow steps", .early = 0.3},
      {.name = "long early slow steps", .early = 0.5, .early_steps = 80},
      {.name = "stalls", .stall_share = 0.01},
      {.name = "untold evaluation", .evaluation_every = 150},
      {.name = "heat +-3 %", .heat = 0.03},
      {.name = "RL cycles", .cycles = true},
      {.name = "RL cycles, fixed", .cycles = true, .long_is_fixed = true},
      {.name = "10 % long steps", .long_share = 0.1},
      {.name = "10 % long steps, fixed", .long_share = 0.1, .long_is_fixed = true},
      {.name = "bucketed lengths", .length_scatter = 0.3},
      {.name = "pulsing power", .pulses = true},
      {.name = "10 ms steps", .step = 0.01},
      {.name = "2 ms steps", .step = 0.002},
      {.name = "epochs of 4 x 10 ms", .step = 0.01, .epoch_steps = 4},
      {.name = "epochs of 1 x 10 ms", .step = 0.01, .epoch_steps = 1},
      {.name = "epochs of 1, gap power scatters",
       .step = 0.01,
       .epoch_steps = 1,
       .gap_scatter = 0.3},
      {.name = "host two steps ahead", .host_ahead = 2},
      {.name = "all together",
       .correlation = 0.7,
       .window_scatter = 0.01,
       .early = 0.3,
       .stall_share = 0.01,
       .evaluation_every = 150,
       .heat = 0.03,
       .length_scatter = 0.1,
       .epoch_steps = 400,
       .host_ahead = 2,
       .pulses = true}};
  return all;
}

}  // namespace zeus::search_regret
