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
#include <stdexcept>
#include <string>
#include <vector>

#include "simulator/api/box.h"
#include "simulator/api/simulator.h"
#include "tests/captured_log.h"
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
    Function{"nvmlDeviceGetEnforcedPowerLimit", 1},
    Function{"nvmlDeviceGetPowerManagementDefaultLimit", 3},
    Function{"nvmlDeviceGetPowerManagementLimitConstraints", 3},
    Function{"nvmlDeviceGetPowerManagementLimit", 9},
    Function{"nvmlDeviceSetPowerManagementLimit", 7},
    Function{"nvmlDeviceGetTotalEnergyConsumption", 8},
};

struct Outcome {
  std::string where;  // the state in which the fault ended the tuning
  bool warned_of_a_limit_left = false;
};

simulator::BoxOptions box_options(const std::string& faults) {
  simulator::BoxOptions options;
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
double limit_now(const simulator::Box& box, const std::string& scenario_without_faults) {
  const std::filesystem::path clean = box.folder() / "clean.json";
  write_text(clean, scenario_without_faults);
  ::setenv("ZEUS_SIMULATOR", clean.c_str(), 1);  // the box puts back what was there
  const Machine machine;
  if (machine.all_gpus().empty()) throw std::runtime_error(machine.problem());
  return machine.all_gpus().front()->power_limit().value();
}

TEST(OptimizerFaults, every_function_times_every_code_times_every_call_leaves_the_limit_as_it_was) {
  simulator::load(ZEUS_SIMULATOR_DIR);
  std::string clean;
  {
    const simulator::Box box(box_options(""));
    clean = read_text(box.scenario());
    ASSERT_EQ(run_job().where, "none");
    ASSERT_EQ(limit_now(box, clean), kPrior);
  }
  int runs = 0;
  std::map<std::string, int> ended_in;
  for (const Function& function : kFunctions) {
    for (int call = 1; call <= function.calls; ++call) {
      for (const int code : kCodes) {
        for (const bool for_ever : {false, true}) {
          const std::string fault = R"({"function": ")" + std::string(function.name) +
                                    R"(", "call": )" + std::to_string(call) + R"(, "code": )" +
                                    std::to_string(code) +
                                    (for_ever ? R"(, "count": null})" : R"(, "count": 1})");
          const simulator::Box box(box_options(fault));
          const Outcome outcome = run_job();
          ++runs;
          ++ended_in[outcome.where];
          const double limit = limit_now(box, clean);
          // Only a driver that refuses every further write can't be put back, and that is told.
          const bool hopeless =
              for_ever && std::string(function.name) == "nvmlDeviceSetPowerManagementLimit";
          if (hopeless && limit != kPrior) {
            EXPECT_TRUE(outcome.warned_of_a_limit_left) << fault;
          } else {
            EXPECT_EQ(limit, kPrior) << fault;
          }
        }
      }
    }
  }
  std::cout << runs << " runs: " << kFunctions.size() << " functions x " << kCodes.size()
            << " codes x their calls x once and for ever; the tuning ended in:";
  for (const auto& [state, count] : ended_in) std::cout << " " << state << " " << count << ";";
  std::cout << "\n";
  for (const char* state :
       {"opening the devices", "construction", "Ready", "Warmup", "Profiling", "none"}) {
    EXPECT_GT(ended_in[state], 0) << "no fault came in " << state;
  }
}

}  // namespace
}  // namespace zeus::testing
