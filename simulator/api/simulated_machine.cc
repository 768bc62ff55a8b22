// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/api/simulated_machine.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp, setenv
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "simulator/model/workload.h"
#include "simulator/scenario/scenario.h"
#include "zeus/error.h"

namespace simulator {
namespace {

using nlohmann::json;

constexpr const char* kScenario = "ZEUS_SIMULATOR";
constexpr const char* kState = "ZEUS_SIMULATOR_STATE";
// Of what guards power limits: each machine has its own, as each boot has. In virtual time there is
// none: a guard is a process of its own, and lives in real time.
constexpr const char* kJournal = "ZEUS_JOURNAL_DIR";

json workload_of(const SimulatedMachineOptions& options) {
  json workload = json::object();
  if (options.csv.empty()) {
    workload["model"] = options.workload.value_or(std::string(default_workload(options.model)));
    if (options.step_seconds) workload["step_seconds"] = *options.step_seconds;
    return workload;
  }
  workload["csv"] = std::filesystem::absolute(options.csv).string();
  workload["steps_per_epoch"] = options.steps_per_epoch;
  for (const auto& [key, value] :
       {std::pair{"dataset", &options.dataset}, std::pair{"network", &options.network},
        std::pair{"batch_size", &options.batch_size}, std::pair{"optimizer", &options.optimizer}}) {
    if (!value->empty()) workload[key] = *value;
  }
  return workload;
}

json scenario_of(const SimulatedMachineOptions& options) {
  json gpu{{"model", options.model}, {"count", options.gpus}};
  if (options.prior_limit_w) gpu["prior_limit_w"] = *options.prior_limit_w;
  json scenario{
      {"gpus", json::array({gpu})},
      {"clock", options.virtual_clock ? "virtual" : "real"},
      {"seed", options.seed},
      {"noise", {{"time", options.time_noise}, {"power", options.power_noise}}},
      {"latency_ms", {{"read", options.read_latency_ms}, {"write", options.write_latency_ms}}},
      {"settling_ms", options.settling_ms},
      {"leakage_per_celsius", options.leakage_per_celsius},
      {"workload", workload_of(options)}};
  if (options.tick_ms) scenario["tick_ms"] = *options.tick_ms;
  try {
    scenario.merge_patch(json::parse(options.json));
  } catch (const json::exception& error) {
    throw zeus::ZeusValueError(std::string("SimulatedMachineOptions::json: ") + error.what());
  }
  return scenario;
}

std::filesystem::path make_folder() {
  std::error_code error;
  std::filesystem::path parent = "/dev/shm";
  if (access(parent.c_str(), W_OK) != 0) parent = std::filesystem::temp_directory_path(error);
  std::string folder = parent / "zeus-machine-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    throw zeus::ZeusFileError(
        folder + ": cannot be made: " + std::error_code(errno, std::generic_category()).message());
  }
  return folder;
}

std::optional<std::string> exchange_variable(const char* name,
                                             const std::optional<std::string>& value) {
  const char* earlier = getenv(name);
  std::optional<std::string> result;
  if (earlier != nullptr) result = earlier;
  if (value) {
    setenv(name, value->c_str(), 1);
  } else {
    unsetenv(name);
  }
  return result;
}

}  // namespace

SimulatedMachine::SimulatedMachine(const SimulatedMachineOptions& options) {
  const std::string content = scenario_of(options).dump(2) + '\n';
  folder_ = make_folder();
  std::ofstream(scenario()) << content;
  try {
    // The driver would only say that something is wrong.
    static_cast<void>(load_scenario(scenario()));
  } catch (const ScenarioError& error) {
    std::filesystem::remove_all(folder_);
    throw zeus::ZeusValueError(error.what());
  }
  earlier_scenario_ = exchange_variable(kScenario, scenario().string());
  earlier_state_ = exchange_variable(kState, state().string());
  earlier_journal_ = exchange_variable(
      kJournal, options.virtual_clock ? std::string() : (folder_ / "journal").string());
}

SimulatedMachine::~SimulatedMachine() {
  try {
    exchange_variable(kScenario, earlier_scenario_);
    exchange_variable(kState, earlier_state_);
    exchange_variable(kJournal, earlier_journal_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  } catch (...) {
    // Out of memory: the folder stays behind.
  }
}

}  // namespace simulator
