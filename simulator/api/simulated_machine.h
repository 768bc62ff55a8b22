// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A simulated machine for a test or a demonstration: writes a scenario, gives it a state file of
// its own, points the environment at both, and takes all of it back.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace simulator {

// The usual choices. By default everything that blurs a result is off and time is virtual.
struct SimulatedMachineOptions {
  std::string model = "V100";
  int gpus = 1;
  bool virtual_clock = true;
  unsigned seed = 1;
  double time_noise = 0;
  double power_noise = 0;
  double read_latency_ms = 0;
  double write_latency_ms = 0;
  double settling_ms = 0;
  double leakage_per_celsius = 0;
  std::optional<double> tick_ms = 0;  // none: the architecture's, of the power sensors too
  std::optional<double> prior_limit_w;
  // The workload: a measured curve when `csv` is given, else the built-in one of that name (none:
  // the one that suits the model).
  std::optional<std::string> workload;
  std::optional<double> step_seconds;  // at full clock
  std::filesystem::path csv;
  std::string dataset;
  std::string network;
  std::string batch_size;
  std::string optimizer;
  int steps_per_epoch = 100;
  // A JSON object whose keys replace the scenario's (RFC 7386), for all that is not above:
  // R"({"faults": [{"function": "nvmlInit_v2", "code": 9}]})"
  std::string json = "{}";
};

// Sets ZEUS_SIMULATOR and ZEUS_SIMULATOR_STATE, so: one at a time, made and destroyed
// while no other thread uses the environment. The driver takes a new machine up at its next
// nvmlInit.
class SimulatedMachine {
 public:
  // Throws ZeusFileError when the folder cannot be made, ZeusValueError, with the key and the
  // reason, when the options make no scenario.
  explicit SimulatedMachine(const SimulatedMachineOptions& options = {});
  ~SimulatedMachine();
  SimulatedMachine(const SimulatedMachine&) = delete;
  SimulatedMachine& operator=(const SimulatedMachine&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path scenario() const { return folder_ / "scenario.json"; }
  [[nodiscard]] std::filesystem::path state() const { return folder_ / "state"; }

 private:
  std::filesystem::path folder_;
  std::optional<std::string> earlier_scenario_;
  std::optional<std::string> earlier_state_;
  std::optional<std::string> earlier_journal_;
};

}  // namespace simulator
