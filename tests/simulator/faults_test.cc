// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

#include "tests/simulator/driver_rig.h"
#include "tests/simulator/every_call.h"

namespace simulator::testing {
namespace {

SimulatedMachineOptions with_faults(const std::string& faults, int gpus = 1) {
  SimulatedMachineOptions options;
  options.gpus = gpus;
  options.json = R"({"faults": [)" + faults + "]}";
  return options;
}

TEST(Faults, any_function_answers_any_code_at_its_nth_call) {
  constexpr std::array<int, 24> kCodes{1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
                                       13, 14, 15, 16, 17, 18, 19, 20, 21, 25, 26, 999};
  int tried = 0;
  for (const Call& call : every_call()) {
    std::string faults;
    for (std::size_t i = 0; i < kCodes.size(); ++i) {
      // Calls 2, 3, … fail, each with another code.
      faults += (i == 0 ? "" : ",") + (R"({"function": ")" + call.name) + R"(", "call": )" +
                std::to_string(i + 2) + R"(, "count": 1, "code": )" + std::to_string(kCodes.at(i)) +
                "}";
    }
    SimulatedMachineOptions options;
    options.json =
        R"({"gpus": [{"model": "A40", "uuid": "GPU-test"}], "faults": [)" + faults + "]}";
    const SimulatedMachine simulated(options);
    ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS);
    nvmlDevice_t device = nullptr;
    // Not through what may be the call under test.
    ASSERT_EQ(call.name == "nvmlDeviceGetHandleByIndex_v2"
                  ? nvmlDeviceGetHandleByUUID("GPU-test", &device)
                  : nvmlDeviceGetHandleByIndex_v2(0, &device),
              NVML_SUCCESS);
    EXPECT_EQ(call.run(device), call.usual) << call.name;
    for (const int code : kCodes) {
      EXPECT_EQ(static_cast<int>(call.run(device)), code) << call.name;
      ++tried;
    }
    EXPECT_EQ(call.run(device), call.usual) << call.name;
    ASSERT_EQ(nvmlShutdown(), NVML_SUCCESS);
  }
  std::printf("functions x codes tried: %d\n", tried);
  EXPECT_EQ(tried, 88 * 24);
}

TEST(Faults, a_fault_without_a_count_goes_on_for_ever) {
  const DriverRig rig(
      with_faults(R"({"function": "nvmlDeviceGetPowerUsage", "call": 2, "code": 15})"));
  unsigned power = 0;
  EXPECT_EQ(nvmlDeviceGetPowerUsage(rig.gpu(), &power), NVML_SUCCESS);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(nvmlDeviceGetPowerUsage(rig.gpu(), &power), NVML_ERROR_GPU_IS_LOST);
  }
}

TEST(Faults, a_fault_of_one_gpu_counts_only_its_calls) {
  const DriverRig rig(with_faults(
      R"({"function": "nvmlDeviceSetPowerManagementLimit", "gpu": 1, "call": 2, "count": 1,
          "code": 4})",
      2));
  for (int i = 0; i < 3; ++i) rig.set_limit_mw(200'000, 0);
  EXPECT_EQ(nvmlDeviceSetPowerManagementLimit(rig.gpu(1), 150'000), NVML_SUCCESS);
  EXPECT_EQ(nvmlDeviceSetPowerManagementLimit(rig.gpu(1), 175'000), NVML_ERROR_NO_PERMISSION);
  EXPECT_EQ(rig.limit_mw(1), 150'000U);
  EXPECT_EQ(nvmlDeviceSetPowerManagementLimit(rig.gpu(1), 175'000), NVML_SUCCESS);
}

TEST(Faults, a_failing_init_attaches_nothing_and_the_next_one_works) {
  const SimulatedMachine simulated(
      with_faults(R"({"function": "nvmlInit_v2", "call": 1, "count": 2, "code": 9})"));
  unsigned count = 0;
  EXPECT_EQ(nvmlInit_v2(), NVML_ERROR_DRIVER_NOT_LOADED);
  EXPECT_EQ(nvmlDeviceGetCount_v2(&count), NVML_ERROR_UNINITIALIZED);
  EXPECT_EQ(nvmlInit_v2(), NVML_ERROR_DRIVER_NOT_LOADED);
  EXPECT_EQ(nvmlInit_v2(), NVML_SUCCESS);
  EXPECT_EQ(nvmlShutdown(), NVML_SUCCESS);
}

TEST(Faults, a_failing_shutdown_leaves_the_driver_initialized) {
  const SimulatedMachine simulated(
      with_faults(R"({"function": "nvmlShutdown", "count": 1, "code": 999})"));
  ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS);
  unsigned count = 0;
  EXPECT_EQ(nvmlShutdown(), NVML_ERROR_UNKNOWN);
  EXPECT_EQ(nvmlDeviceGetCount_v2(&count), NVML_SUCCESS);
  EXPECT_EQ(nvmlShutdown(), NVML_SUCCESS);
}

TEST(Faults, one_entry_of_a_field_query_fails_alone) {
  const DriverRig rig(with_faults(
      R"({"function": "nvmlDeviceGetFieldValues", "field": 83, "call": 2, "code": 3})"));
  std::array<nvmlFieldValue_t, 2> values{};
  values[0].fieldId = NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION;
  values[1].fieldId = NVML_FI_DEV_POWER_INSTANT;
  ASSERT_EQ(nvmlDeviceGetFieldValues(rig.gpu(), 2, values.data()), NVML_SUCCESS);
  EXPECT_EQ(values[0].nvmlReturn, NVML_SUCCESS);
  ASSERT_EQ(nvmlDeviceGetFieldValues(rig.gpu(), 2, values.data()), NVML_SUCCESS);
  EXPECT_EQ(values[0].nvmlReturn, NVML_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(values[1].nvmlReturn, NVML_SUCCESS);
}

TEST(Faults, the_counter_jumps_back_and_goes_on_from_there) {
  const DriverRig rig(with_faults(R"({"counter_jumps_back_mj": 5000, "call": 3})"));
  rig.pass_ns(1000 * kSecond);  // idle at 33 W
  EXPECT_EQ(rig.energy_mj(), 33'000'000U);
  EXPECT_EQ(rig.energy_mj(), 33'000'000U);
  EXPECT_EQ(rig.energy_mj(), 32'995'000U);
  rig.pass_ns(kSecond);
  EXPECT_EQ(rig.energy_mj(), 33'028'000U);
  EXPECT_EQ(rig.field(NVML_FI_DEV_ENERGY).value.ullVal, 33'028'000U);
}

TEST(Faults, a_gpu_without_a_counter_says_so) {
  SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"energy_counter": false}, {}]})";
  const DriverRig rig(options);
  unsigned long long energy = 0;
  EXPECT_EQ(nvmlDeviceGetTotalEnergyConsumption(rig.gpu(0), &energy), NVML_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(nvmlDeviceGetTotalEnergyConsumption(rig.gpu(1), &energy), NVML_SUCCESS);
  EXPECT_EQ(rig.field(NVML_FI_DEV_ENERGY, 0, 0).nvmlReturn, NVML_ERROR_NOT_SUPPORTED);
}

}  // namespace
}  // namespace simulator::testing
