// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// This program is not linked to the simulated driver: it finds it as any program does.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "simulator/nvml/nvml_abi.h"
#include "tests/in_child.h"
#include "tests/paths.h"
#include "zeus/error.h"

namespace simulator {
namespace {

std::string variable(const char* name) {
  const char* value = getenv(name);
  return value != nullptr ? value : "(unset)";
}

template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const zeus::ZeusGPUInitError& error) {
    return error.what();
  }
  return "no ZeusGPUInitError";
}

TEST(Client, another_library_of_the_drivers_name_is_told_from_the_simulated_one) {
  // In a child: what is loaded stays loaded.
  EXPECT_EQ(zeus::testing::in_child([] {
              const std::string first = error_of([] { load(ZEUS_ANOTHER_DRIVER_DIR); });
              const std::string second = error_of([] { const SimulatorClock clock; });
              return first == second ? first : first + " | " + second;
            }),
            "libnvidia-ml.so.1 is not the simulated driver: it has no zeus_sim_step");
}

TEST(Client, a_driver_that_is_not_there_is_told) {
  EXPECT_TRUE(error_of([] {
                load("/nowhere");
              }).starts_with("the simulated driver cannot be loaded: /nowhere/"));
}

TEST(Client, what_is_loaded_by_its_folder_is_found_by_its_name) {
  load(ZEUS_SIMULATOR_DIR);
  const SimulatedMachine simulated;
  void* const library = dlopen("libnvidia-ml.so.1", RTLD_NOW);
  ASSERT_NE(library, nullptr);
  const auto init = reinterpret_cast<decltype(nvmlInit_v2)*>(dlsym(library, "nvmlInit_v2"));
  const auto shutdown = reinterpret_cast<decltype(nvmlShutdown)*>(dlsym(library, "nvmlShutdown"));
  ASSERT_TRUE(init != nullptr && shutdown != nullptr);
  EXPECT_EQ(init(), NVML_SUCCESS);
  step(0);
  EXPECT_EQ(truth(0).steps, 1U);
  EXPECT_EQ(shutdown(), NVML_SUCCESS);
}

TEST(Client, both_names_of_the_driver_are_there) {
  void* const by_short_name = dlopen(ZEUS_SIMULATOR_DIR "/libnvidia-ml.so", RTLD_NOW);
  ASSERT_NE(by_short_name, nullptr);
  EXPECT_EQ(dlopen("libnvidia-ml.so.1", RTLD_NOW), by_short_name);
}

TEST(SimulatedMachine, points_the_environment_at_its_files_and_takes_all_back) {
  ASSERT_EQ(setenv("ZEUS_SIMULATOR", "/before", 1), 0);
  ASSERT_EQ(unsetenv("ZEUS_SIMULATOR_STATE"), 0);
  std::filesystem::path folder;
  {
    const SimulatedMachine simulated;
    folder = simulated.folder();
    EXPECT_TRUE(std::filesystem::exists(simulated.scenario()));
    EXPECT_EQ(variable("ZEUS_SIMULATOR"), simulated.scenario().string());
    EXPECT_EQ(variable("ZEUS_SIMULATOR_STATE"), simulated.state().string());
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_EQ(variable("ZEUS_SIMULATOR"), "/before");
  EXPECT_EQ(variable("ZEUS_SIMULATOR_STATE"), "(unset)");
}

TEST(SimulatedMachine, successive_ones_of_one_process_are_different_machines) {
  load(ZEUS_SIMULATOR_DIR);
  for (int i = 0; i < 3; ++i) {
    const SimulatedMachine simulated;
    const SimulatorClock clock;
    EXPECT_EQ(clock.monotonic().value(), 1000);
    step(0);
    EXPECT_EQ(truth(0).steps, 1U);
  }
}

TEST(SimulatedMachine, refuses_what_is_not_json) {
  SimulatedMachineOptions options;
  options.json = "{";
  EXPECT_THROW(SimulatedMachine{options}, zeus::ZeusValueError);
}

TEST(SimulatedMachine, refuses_what_is_no_scenario_with_key_and_reason_and_leaves_nothing_behind) {
  const std::string before = variable("ZEUS_SIMULATOR");
  SimulatedMachineOptions options;
  options.model = "V10";
  try {
    const SimulatedMachine simulated(options);
    FAIL() << "there is no V10";
  } catch (const zeus::ZeusValueError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("gpus[0].model: no GPU model \"V10\""), std::string::npos) << what;
    EXPECT_FALSE(std::filesystem::exists(what.substr(0, what.find("/scenario.json"))));
  }
  EXPECT_EQ(variable("ZEUS_SIMULATOR"), before);
}

TEST(SimulatedMachine, steps_do_what_suits_its_model_unless_a_workload_is_named) {
  load(ZEUS_SIMULATOR_DIR);
  SimulatedMachineOptions options;
  options.model = "A40";
  const auto step_s = [&options] {
    const SimulatedMachine simulated(options);
    step(0);
    return truth(0).busy.value();
  };
  EXPECT_NEAR(step_s(), 0.24, 0.02);  // A40 BERT-SQuAD
  options.workload = "NCF";
  EXPECT_NEAR(step_s(), 0.02, 1e-9);
}

}  // namespace
}  // namespace simulator
