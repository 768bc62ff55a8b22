// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Whole searches on the simulated driver in real time, with all that blurs figures on: steps that
// scatter, counters that tick, calls and limits that take their time, a GPU that warms up, epochs
// that end within probes, and evaluations, of which the optimizer hears or not. Where a search ends
// is compared with what a noiseless machine does at that limit.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "tests/paths.h"
#include "zeus/machine.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"
#include "zeus/optimizer/selectors.h"

namespace zeus {
namespace {

constexpr double kStepSeconds = 0.02;

struct Cost {
  double time = 0;
  double energy = 0;
};

// Of a step, at limits 5 W apart.
std::map<double, Cost> truth() {
  simulator::SimulatedMachineOptions options;
  options.step_seconds = kStepSeconds;
  const simulator::SimulatedMachine simulated(options);
  const Machine machine;
  ZeusMonitorOptions monitor_options;
  monitor_options.clock = std::make_shared<simulator::SimulatorClock>();
  ZeusMonitor monitor(machine.gpus(), monitor_options);
  std::map<double, Cost> costs;
  for (double limit = 100; limit <= 250; limit += 5) {
    machine.gpus().front().gpu->set_power_limit(Watts(limit));
    simulator::step(0U);
    constexpr int kSteps = 50;
    monitor.begin_window("truth");
    for (int step = 0; step < kSteps; ++step) simulator::step(0U);
    const Measurement found = monitor.end_window("truth");
    costs[limit] = {.time = found.time.value() / kSteps,
                    .energy = found.total_energy().value() / kSteps};
  }
  return costs;
}

// The nearest of the limits above or below.
Cost at(const std::map<double, Cost>& costs, Watts limit) {
  const auto above = costs.lower_bound(limit.value());
  return above == costs.end() ? costs.rbegin()->second : above->second;
}

void train(GlobalPowerLimitOptimizer& optimizer) {
  constexpr int kMostEpochs = 120;
  constexpr int kEpochSteps = 37;
  for (int epoch = 0; epoch < kMostEpochs; ++epoch) {
    optimizer.on_epoch_begin();
    for (int step = 0; step < kEpochSteps; ++step) {
      if (std::holds_alternative<Done>(optimizer.state())) return;
      optimizer.on_step_begin();
      simulator::step(0U);
      optimizer.on_step_end();
      if (step == kEpochSteps / 2 && epoch % 3 == 0) {
        // An evaluation, which every other time the optimizer is not told of.
        if (epoch % 2 == 0) optimizer.on_pause();
        for (int batch = 0; batch < 5; ++batch) simulator::step(0U);
      }
    }
    optimizer.on_epoch_end();
  }
}

class RealTimeSearch : public ::testing::TestWithParam<SearchKind> {
 protected:
  static void SetUpTestSuite() { simulator::load(ZEUS_SIMULATOR_DIR); }

  // The choice, by a job of its own.
  Watts search(std::shared_ptr<const OptimumSelector> selector) const {
    simulator::SimulatedMachineOptions options;
    options.virtual_clock = false;
    options.step_seconds = kStepSeconds;
    options.time_noise = 0.02;
    options.power_noise = 0.01;
    options.read_latency_ms = 0.3;
    options.write_latency_ms = 15;
    options.settling_ms = 100;
    options.leakage_per_celsius = 0.004;
    options.tick_ms = std::nullopt;
    const simulator::SimulatedMachine simulated(options);
    const Machine machine;
    ZeusMonitor monitor(machine.gpus());
    GlobalPowerLimitOptimizerOptions parameters;
    parameters.optimum_selector = std::move(selector);
    parameters.search = GetParam();
    parameters.wanted_error = 0.01;
    parameters.pl_step = Watts(50);
    GlobalPowerLimitOptimizer optimizer(monitor, parameters);
    train(optimizer);
    EXPECT_TRUE(std::holds_alternative<Done>(optimizer.state()));
    const TuningReport report = optimizer.report();
    std::cout << report.probes.size() << " probes: " << report.choice_reason << "\n";
    if (report.gain) std::cout << describe(*report.gain) << "\n";
    optimizer.close();
    EXPECT_EQ(machine.gpus().front().gpu->power_limit(), Watts(250));
    return report.choice ? report.choice->power_limit : Watts(0);
  }
};

TEST_P(RealTimeSearch, ends_near_the_least_energy) {
  const std::map<double, Cost> costs = truth();
  const Watts choice = search(std::make_shared<Energy>());
  double least = costs.begin()->second.energy;
  double most = 0;
  for (const auto& [limit, cost] : costs) {
    // A sweep knows five limits.
    const bool is_known =
        GetParam() != SearchKind::kSweep || limit == 100 || (static_cast<int>(limit) % 50 == 0);
    if (is_known) least = std::min(least, cost.energy);
    most = std::max(most, cost.energy);
  }
  EXPECT_GT(most, 1.1 * least) << "else this test can't fail";
  EXPECT_LE(at(costs, choice).energy, 1.03 * least) << choice.value() << " W";
}

TEST_P(RealTimeSearch, keeps_a_bound_on_time) {
  const std::map<double, Cost> costs = truth();
  const Watts choice = search(std::make_shared<MaxSlowdownConstraint>(1.1));
  const double slowdown = at(costs, choice).time / costs.at(250).time;
  EXPECT_LE(slowdown, 1.1 * 1.02) << choice.value() << " W";
  EXPECT_LT(choice, Watts(250));
}

INSTANTIATE_TEST_SUITE_P(Of, RealTimeSearch,
                         ::testing::Values(SearchKind::kSweep, SearchKind::kAdaptive),
                         [](const auto& kind) {
                           return kind.param == SearchKind::kSweep ? "sweep" : "adaptive";
                         });

}  // namespace
}  // namespace zeus
