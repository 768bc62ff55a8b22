// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the driver forgets when its last client leaves.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/in_child.h"
#include "tests/simulator/driver_rig.h"

namespace simulator::testing {
namespace {

using zeus::testing::in_child;

SimulatedMachineOptions without_persistence_mode() {
  SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"persistence_mode": false, "prior_limit_w": 200,
                               "energy_start_mj": 500}]})";
  return options;
}

std::string limit_and_counter() {
  if (nvmlInit_v2() != NVML_SUCCESS) return "no init";
  return std::to_string(DriverRig::limit_mw()) + " " + std::to_string(DriverRig::energy_mj());
}

TEST(Persistence, without_it_limit_and_counter_revert_when_the_last_client_leaves) {
  const SimulatedMachine simulated(without_persistence_mode());
  EXPECT_EQ(in_child([] {
              const std::string at_first = limit_and_counter();
              DriverRig::set_limit_mw(150'000);
              DriverRig::pass_ns(10 * kSecond);
              return at_first + ", " + limit_and_counter();
            }),
            "200000 500, 150000 330500");
  // 33 W for 10 s are forgotten, and the requested limit is the default.
  EXPECT_EQ(in_child(limit_and_counter), "250000 0");
}

TEST(Persistence, without_it_nothing_reverts_while_one_client_stays) {
  const SimulatedMachine simulated(without_persistence_mode());
  ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS);
  EXPECT_EQ(in_child([] {
              const std::string found = limit_and_counter();
              DriverRig::set_limit_mw(150'000);
              return found;
            }),
            "200000 500");
  EXPECT_EQ(in_child(limit_and_counter), "150000 500");
  EXPECT_EQ(nvmlShutdown(), NVML_SUCCESS);
  EXPECT_EQ(in_child(limit_and_counter), "250000 0");
}

TEST(Persistence, a_killed_client_has_left_too) {
  const SimulatedMachine simulated(without_persistence_mode());
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (nvmlInit_v2() != NVML_SUCCESS) _exit(1);
    DriverRig::set_limit_mw(150'000);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(in_child(limit_and_counter), "150000 500");
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(in_child(limit_and_counter), "250000 0");
  close(ready[0]);
  close(ready[1]);
}

TEST(Persistence, switched_on_by_a_client_keeps_what_it_set) {
  const SimulatedMachine simulated(without_persistence_mode());
  EXPECT_EQ(
      in_child([] {
        if (nvmlInit_v2() != NVML_SUCCESS) return std::string("no init");
        nvmlEnableState_t mode = NVML_FEATURE_ENABLED;
        if (nvmlDeviceGetPersistenceMode(DriverRig::gpu(), &mode) != NVML_SUCCESS ||
            mode != NVML_FEATURE_DISABLED ||
            nvmlDeviceSetPersistenceMode(DriverRig::gpu(), NVML_FEATURE_ENABLED) != NVML_SUCCESS) {
          return std::string("no mode");
        }
        DriverRig::set_limit_mw(150'000);
        return std::string("set");
      }),
      "set");
  EXPECT_EQ(in_child(limit_and_counter), "150000 500");
}

TEST(Persistence, what_really_happened_goes_on_over_an_unload) {
  const SimulatedMachine simulated(without_persistence_mode());
  const auto idle_for_ten_seconds = [] {
    DriverRig::pass_ns(10 * kSecond);
    return std::to_string(static_cast<int>(truth(0).energy.value()));
  };
  EXPECT_EQ(in_child(idle_for_ten_seconds), "330");
  EXPECT_EQ(in_child(idle_for_ten_seconds), "660");
}

}  // namespace
}  // namespace simulator::testing
