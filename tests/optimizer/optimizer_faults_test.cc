// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Every driver function that the library calls, answering every error code, at every call of it:
// while devices are opened, the optimizer is constructed, warms up, profiles, is done and closes.
// Whatever comes, training runs to its end and the limit is what it was.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "tests/captured_log.h"
#include "tests/paths.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/machine.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

constexpr double kPrior = 240;

// nvmlReturn_t but for success.
constexpr std::array kCodes = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
                               15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 999};

// The functions of zeus/device/nvml, and how often one run calls each (counted generously: a call
// that never comes is a run without a fault).
struct Function {
  const char* name;
  int calls;
};
constexpr std::array kFunctions = {
    Function{"nvmlInit_v2", 1},
    Function{"nvmlSystemGetDriverVersion", 1},
    Function{"nvmlDeviceGetCount_v2", 1},
    Function{"nvmlDeviceGetHandleByIndex_v2", 1},
    Function{"nvmlDeviceGetName", 1},
    Function{"nvmlDeviceGetUUID", 1},
    Function{"nvmlDeviceGetPciInfo_v3", 1},
    Function{"nvmlDeviceGetArchitecture", 1},
    Function{"nvmlDeviceGetMigMode", 1},
    Function{"nvmlDeviceGetFieldValues", 3},
    Function{"nvmlDeviceGetPowerUsage", 2},
    Function{"nvmlDeviceGetTemperature", 1},
    Function{"nvmlDeviceGetEnforcedPowerLimit", 7},
    Function{"nvmlDeviceGetPowerManagementDefaultLimit", 3},
    Function{"nvmlDeviceGetPowerManagementLimitConstraints", 3},
    Function{"nvmlDeviceGetPowerManagementLimit", 15},
    Function{"nvmlDeviceSetPowerManagementLimit", 7},
    Function{"nvmlDeviceGetTotalEnergyConsumption", 8},
};

struct Outcome {
  std::string where;  // the state in which the fault ended the tuning
  bool warned_of_a_limit_left = false;
};

simulator::SimulatedMachineOptions machine_options(const std::string& faults) {
  simulator::SimulatedMachineOptions options;
  options.prior_limit_w = kPrior;
  options.json = R"({"faults": [)" + faults + "]}";
  return options;
}

std::string name_of(const OptimizerState& state) {
  static constexpr std::array kNames = {"Ready",   "Warmup", "Profiling",
                                        "Waiting", "Done",   "Stopped"};
  return kNames.at(state.index());
}

// A whole job, from opening the devices to closing; no exception may leave the loop.
Outcome run_job() {
  CapturedLog log;
  Outcome outcome;
  try {
    outcome.where = "opening the devices";
    const Machine machine;
    ZeusMonitorOptions monitor_options;
    monitor_options.clock = std::make_shared<simulator::SimulatorClock>();
    ZeusMonitor monitor(machine.gpus(), monitor_options);
    outcome.where = "construction";
    GlobalPowerLimitOptimizerOptions options;
    options.optimum_selector = std::make_shared<Energy>();
    options.warmup_steps = 1;
    options.profile_steps = 2;
    options.pl_step = Watts(70);  // 240, 170, 100
    GlobalPowerLimitOptimizer optimizer(monitor, options);
    outcome.where.clear();
    for (int step = 0; step < 15; ++step) {
      const std::string before = name_of(optimizer.state());
      optimizer.on_step_begin();
      if (outcome.where.empty() && std::holds_alternative<Stopped>(optimizer.state())) {
        outcome.where = before;
      }
      simulator::step(0);
      optimizer.on_step_end();
    }
    optimizer.on_train_end();
    optimizer.close();
    if (outcome.where.empty()) {
      EXPECT_TRUE(std::holds_alternative<Done>(optimizer.state())) << name_of(optimizer.state());
      outcome.where = "none";
    }
  } catch (const ZeusBaseGPUError&) {
    EXPECT_FALSE(outcome.where.empty()) << "an exception left a hook";
  }
  for (const std::string& warning : log.warnings()) {
    if (warning.find("nvidia-smi") != std::string::npos) outcome.warned_of_a_limit_left = true;
  }
  return outcome;
}

// The limit in the driver's state, read without any fault.
double limit_now(const simulator::SimulatedMachine& simulated,
                 const std::string& scenario_without_faults) {
  const std::filesystem::path clean = simulated.folder() / "clean.json";
  write_text(clean, scenario_without_faults);
  ::setenv("ZEUS_SIMULATOR", clean.c_str(), 1);  // the simulated machine puts back what was there
  const Machine machine;
  if (machine.all_gpus().empty()) throw std::runtime_error(machine.problem());
  return machine.all_gpus().front()->power_limit().value();
}

// One call of one function; the faults there are every code, once and for ever.
struct Call {
  const char* function;
  int number;

  friend std::ostream& operator<<(std::ostream& out, const Call& call) {
    return out << call.function << ", call " << call.number;
  }
};

std::vector<Call> every_call() {
  std::vector<Call> calls;
  for (const Function& function : kFunctions) {
    for (int call = 1; call <= function.calls; ++call) calls.push_back({function.name, call});
  }
  return calls;
}

constexpr int kRunsPerCall = 2 * static_cast<int>(kCodes.size());
constexpr int kAllRuns = [] {
  int calls = 0;
  for (const Function& function : kFunctions) calls += function.calls;
  return calls * kRunsPerCall;
}();
// The tests of the calls print how many runs they made; tools/count_tests.py adds that up.
static_assert(kAllRuns == 3132);

class OptimizerFaults : public ::testing::Test {
 protected:
  OptimizerFaults() {
    simulator::load(ZEUS_SIMULATOR_DIR);
    const simulator::SimulatedMachine simulated(machine_options(""));
    clean_ = read_text(simulated.scenario());
  }

  // Where the tuning ended when this fault came.
  std::string run_with_fault(const Call& call, int code, bool for_ever) {
    const std::string fault = R"({"function": ")" + std::string(call.function) + R"(", "call": )" +
                              std::to_string(call.number) + R"(, "code": )" + std::to_string(code) +
                              (for_ever ? R"(, "count": null})" : R"(, "count": 1})");
    const simulator::SimulatedMachine simulated(machine_options(fault));
    const Outcome outcome = run_job();
    const double limit = limit_now(simulated, clean_);
    // A driver that refuses every further write leaves the limit changed: the user is warned.
    const bool hopeless =
        for_ever && std::string(call.function) == "nvmlDeviceSetPowerManagementLimit";
    if (hopeless && limit != kPrior) {
      EXPECT_TRUE(outcome.warned_of_a_limit_left) << fault;
    } else {
      EXPECT_EQ(limit, kPrior) << fault;
    }
    return outcome.where;
  }

  std::string clean_;  // a scenario without faults
};

class OptimizerFaultsAt : public OptimizerFaults, public ::testing::WithParamInterface<Call> {};

TEST_F(OptimizerFaults, none_tunes_to_the_end) {
  const simulator::SimulatedMachine simulated(machine_options(""));
  EXPECT_EQ(run_job().where, "none");
  EXPECT_EQ(limit_now(simulated, clean_), kPrior);
}

TEST_F(OptimizerFaults, come_in_every_state) {
  std::map<std::string, int> ended_in;
  // A single failure is often overcome by asking again.
  for (const Call& call : every_call()) {
    for (const bool for_ever : {false, true}) ++ended_in[run_with_fault(call, 999, for_ever)];
  }
  for (const char* state :
       {"opening the devices", "construction", "Ready", "Warmup", "Profiling", "none"}) {
    EXPECT_GT(ended_in[state], 0) << "no fault came in " << state;
  }
}

TEST_P(OptimizerFaultsAt, of_every_code_leave_the_limit_as_it_was) {
  std::map<std::string, int> ended_in;
  int runs = 0;
  for (const int code : kCodes) {
    for (const bool for_ever : {false, true}) {
      ++ended_in[run_with_fault(GetParam(), code, for_ever)];
      ++runs;
    }
  }
  EXPECT_EQ(runs, kRunsPerCall);
  std::cout << "counted: " << runs << " of " << kAllRuns << " fault runs; the tuning ended in:";
  for (const auto& [state, count] : ended_in) std::cout << " " << state << " " << count << ";";
  std::cout << "\n";
}

INSTANTIATE_TEST_SUITE_P(EveryCall, OptimizerFaultsAt, ::testing::ValuesIn(every_call()),
                         [](const ::testing::TestParamInfo<Call>& one) {
                           return std::string(one.param.function) + "_" +
                                  std::to_string(one.param.number);
                         });

}  // namespace
}  // namespace zeus::testing
