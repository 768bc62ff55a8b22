// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>
#include <variant>

#include "benchmarks/search_regret/contender.h"
#include "benchmarks/search_regret/world_gpu.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"

namespace zeus::search_regret {
namespace {

// A search that takes longer has lost its way.
constexpr int kMostSteps = 200'000;

bool is_over(const OptimizerState& state) {
  return std::holds_alternative<Done>(state) || std::holds_alternative<Stopped>(state);
}

}  // namespace

SearchOutcome run_optimizer(World& world, std::shared_ptr<const OptimumSelector> selector,
                            Watts pl_step, std::optional<double> wanted_error) {
  ZeusMonitorOptions monitor_options;
  monitor_options.clock = std::make_shared<WorldClock>(world);
  monitor_options.sync_execution = [&world] { world.wait_for_gpu(); };
  ZeusMonitor monitor({{.index = 0, .gpu = std::make_shared<WorldGpu>(world)}}, monitor_options);
  GlobalPowerLimitOptimizerOptions options;
  options.optimum_selector = std::move(selector);
  options.pl_step = pl_step;
  options.wanted_error = wanted_error;
  GlobalPowerLimitOptimizer optimizer(monitor, options);
  while (!is_over(optimizer.state()) && world.steps() < kMostSteps) {
    switch (world.next()) {
      case World::Event::kEpochBegin:
        optimizer.on_epoch_begin();
        break;
      case World::Event::kStepBegin:
        optimizer.on_step_begin();
        break;
      case World::Event::kEpochEnd:
        optimizer.on_epoch_end();
        break;
    }
  }
  SearchOutcome outcome{.choice = Watts(world.curve().ceiling),
                        .probes = static_cast<int>(optimizer.report().probes.size()),
                        .steps = world.steps()};
  if (const auto* done = std::get_if<Done>(&optimizer.state())) {
    outcome.choice = done->optimal_power_limit;
  } else {
    outcome.keeps_prior = true;
  }
  return outcome;
}

}  // namespace zeus::search_regret
