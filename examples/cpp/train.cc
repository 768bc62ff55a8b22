// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A training loop that measures itself and finds its best power limit. Needs the right to set power
// limits (root, or SYS_ADMIN in a container). Without a GPU, on the simulated driver:
//
//     LD_LIBRARY_PATH=build/release/simulator build/release/examples/cpp/train
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <variant>

#include "examples/cpp/train_one_batch.h"
#include "zeus/log.h"
#include "zeus/machine.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"
#include "zeus/optimizer/selectors.h"

namespace {
volatile std::sig_atomic_t interrupted = 0;  // the loop looks at it: limits come back on Ctrl-C

void train() {
  const zeus::Machine machine;
  zeus::ZeusMonitor monitor(machine.gpus());
  zeus::GlobalPowerLimitOptimizerOptions options;
  options.optimum_selector = std::make_shared<zeus::LeastEnergyWithinSlowdown>(1.1);
  options.profile_path = "power_limit_profile.json";
  zeus::GlobalPowerLimitOptimizer optimizer(monitor, options);

  optimizer.on_train_begin();
  monitor.begin_window("training");
  for (int epoch = 0; epoch < 5 && !interrupted; ++epoch) {
    optimizer.on_epoch_begin();
    for (int batch = 0; batch < 100 && !interrupted; ++batch) {
      optimizer.on_step_begin();
      train_one_batch(monitor.gpu_indices());
      optimizer.on_step_end();
    }
    optimizer.on_epoch_end();
  }
  optimizer.on_train_end();
  const zeus::Measurement training = monitor.end_window("training");
  std::printf("%.0f J in %.1f s\n", training.total_energy().value(), training.time.value());
  if (const auto* done = std::get_if<zeus::Done>(&optimizer.state())) {
    std::printf("best power limit: %g W\n", done->optimal_power_limit.value());
  }
}
}  // namespace

int main() try {
  zeus::log_to_stderr();
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { interrupted = 1; });
  train();
} catch (const std::exception& error) {
  std::fprintf(stderr, "train: %s\n", error.what());
  return 1;
}
