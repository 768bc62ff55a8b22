// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus demo`: a training job on simulated GPUs is measured, profiled limit by limit and set to
// its best limit by the library, exactly as a job on real ones would be.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "apps/commands/selector_choice.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"

namespace zeus::apps {

struct DemoOptions {
  int gpus = 4;
  std::string model = "V100";  // a key of simulator/model/gpu_model.h
  // None: what was fitted on that model, else on a V100.
  std::optional<std::string> workload;

  // A measured curve instead of a workload.
  std::optional<std::filesystem::path> table;
  std::string dataset, network, batch_size, optimizer;  // empty: any

  SelectorKind selector = SelectorKind::kZeusCost;
  SelectorSettings settings;  // its world size is `gpus`
  Watts pl_step = GlobalPowerLimitOptimizerOptions().pl_step;
  std::optional<int> epochs;  // none: about twice as long as measuring takes
  int steps_per_epoch = 100;
  bool real_clock = false;
  unsigned seed = 1;
  std::optional<std::filesystem::path> profile;
  bool json = false;
  bool fast = false;  // no pauses for the eye
};

// Runs and prints it; returns the exit code: 128 + the signal where one ended it.
int run_demo(const DemoOptions& options);

}  // namespace zeus::apps
