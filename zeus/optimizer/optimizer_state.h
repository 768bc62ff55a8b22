// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The states that a GlobalPowerLimitOptimizer goes through: Ready, then Warmup and Profiling for
// each power limit, then Done.
#pragma once

#include <string>
#include <variant>

#include "zeus/units.h"

namespace zeus {

// Waiting for steps to pass before `next_power_limit` is set: at the `steps`-th step begin from
// now.
struct Ready {
  Watts next_power_limit;
  int steps = 0;
};

// `current_power_limit` is set; measuring begins at the `steps`-th step begin from now.
struct Warmup {
  Watts current_power_limit;
  int steps = 0;
};

// `steps` steps at `current_power_limit` are still to be measured.
struct Profiling {
  Watts current_power_limit;
  int steps = 0;
};

// All limits are measured here; other ranks' results are still to come. The prior limits are back
// meanwhile. A job of one process is never seen here.
struct Waiting {};

// The best limit is known and set.
struct Done {
  Watts optimal_power_limit;
};

// Tuning ended by a failure, told in one warning; the prior limits are back.
struct Stopped {
  std::string reason;
};

using OptimizerState = std::variant<Ready, Warmup, Profiling, Waiting, Done, Stopped>;

}  // namespace zeus
