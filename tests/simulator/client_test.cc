// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// This program is not linked to the simulated driver: it finds it as any program does.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>

#include "simulator/api/box.h"
#include "simulator/api/simulator.h"
#include "simulator/nvml/nvml_abi.h"
#include "tests/in_child.h"
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
  const Box box;
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

TEST(Box, points_the_environment_at_its_files_and_takes_all_back) {
  ASSERT_EQ(setenv("ZEUS_SIMULATOR", "/before", 1), 0);
  ASSERT_EQ(unsetenv("ZEUS_SIMULATOR_STATE"), 0);
  std::filesystem::path folder;
  {
    const Box box;
    folder = box.folder();
    EXPECT_TRUE(std::filesystem::exists(box.scenario()));
    EXPECT_EQ(variable("ZEUS_SIMULATOR"), box.scenario().string());
    EXPECT_EQ(variable("ZEUS_SIMULATOR_STATE"), box.state().string());
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_EQ(variable("ZEUS_SIMULATOR"), "/before");
  EXPECT_EQ(variable("ZEUS_SIMULATOR_STATE"), "(unset)");
}

TEST(Box, moves_with_all_it_owns) {
  Box first;
  const std::filesystem::path folder = first.folder();
  Box second(std::move(first));
  EXPECT_EQ(second.folder(), folder);
  EXPECT_TRUE(std::filesystem::exists(folder));
  Box third;
  const std::filesystem::path thirds = third.folder();
  third = std::move(second);
  EXPECT_EQ(third.folder(), folder);
  EXPECT_TRUE(std::filesystem::exists(folder));
  EXPECT_FALSE(std::filesystem::exists(thirds));
}

TEST(Box, successive_boxes_of_one_process_are_different_machines) {
  load(ZEUS_SIMULATOR_DIR);
  for (int i = 0; i < 3; ++i) {
    const Box box;
    const SimulatorClock clock;
    EXPECT_EQ(clock.monotonic().value(), 1000);
    step(0);
    EXPECT_EQ(truth(0).steps, 1U);
  }
}

TEST(Box, refuses_what_is_not_json) {
  BoxOptions options;
  options.json = "{";
  EXPECT_THROW(Box{options}, zeus::ZeusValueError);
}

}  // namespace
}  // namespace simulator
