// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A job that changes while its choice is held.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "tests/captured_log.h"
#include "tests/optimizer/training.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {

inline constexpr Seconds kMinute{60};

inline GlobalPowerLimitOptimizerOptions retuning() {
  GlobalPowerLimitOptimizerOptions options;
  options.optimum_selector = std::make_shared<Energy>();
  options.warmup_steps = 2;
  options.profile_steps = 5;
  options.pl_step = Watts(25);
  options.retune_on_drift = true;
  return options;
}

// A job whose energy is least at 150 W, until it changes.
struct Drifting : Training {
  using Training::Training;

  // Steps take `times` as long, and the energy is least at another limit.
  void change(double times, double best) {
    step_time = [times, best](Watts limit) {
      const double away = limit.value() / best;
      return Seconds(times * 0.1 * (0.5 + 0.25 * (away + 1 / away)));
    };
    power = [this, best](Watts limit) {
      const double away = (limit.value() - best) / 100;
      return Watts(100 * (1 + away * away) / step_time(limit).value() * 0.1);
    };
  }
};

inline bool is_done(const GlobalPowerLimitOptimizer& optimizer) {
  return std::holds_alternative<Done>(optimizer.state());
}

struct OptimizerDrift : ::testing::Test {
  OptimizerDrift() { training.change(1, 150); }

  void train(GlobalPowerLimitOptimizer& optimizer, Seconds time) {
    const Seconds end = training.clock->monotonic() + time;
    while (training.clock->monotonic() < end) training.step(optimizer);
  }
  void find(GlobalPowerLimitOptimizer& optimizer) {
    for (int i = 0; i < 1000 && !is_done(optimizer); ++i) training.step(optimizer);
    ASSERT_TRUE(is_done(optimizer));
    training.clock->wait_for_sleepers(1);
  }
  std::vector<double> probed(const GlobalPowerLimitOptimizer& optimizer) {
    std::vector<double> limits;
    for (const ProbeResult& it : optimizer.report().probes) {
      limits.push_back(it.setting.power_limit.value());
    }
    return limits;
  }
  std::size_t said(const std::string& part) const {
    std::size_t count = 0;
    for (const CapturedLog::Line& line : log.lines()) {
      if (line.text.find(part) != std::string::npos) ++count;
    }
    return count;
  }

  CapturedLog log;
  Drifting training;
};

}  // namespace zeus::testing
