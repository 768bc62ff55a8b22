// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus simulate`: any program on simulated GPUs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/commands/simulate/simulated_gpus.h"

namespace zeus::apps {

struct SimulateOptions {
  std::vector<GpuGroup> gpus;           // empty: the scenario's, else one V100
  std::optional<std::string> workload;  // none: the scenario's, else by model
  std::optional<std::filesystem::path> scenario;
  std::optional<std::string> clock;  // "real" or "virtual"; none: the scenario's, else real
  bool quiet = false;
  std::vector<std::string> command;
};

// Runs the command; what it leaves behind in the simulated machine goes away with it. Returns the
// exit code, or dies of the signal that killed the command. Throws ScenarioError, ZeusBaseError.
int run_simulate(const SimulateOptions& options);

}  // namespace zeus::apps
