// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include "tests/in_child.h"
#include "tests/simulator/driver_rig.h"
#include "tests/simulator/every_call.h"

namespace simulator::testing {
namespace {

using zeus::testing::in_child;

SimulatedMachineOptions every_call_box() {
  SimulatedMachineOptions options;
  options.json = kEveryCallGpu;
  return options;
}

TEST(NvmlCodes, every_function_does_its_work_once_initialized) {
  const DriverRig rig(every_call_box());
  for (const Call& call : every_call()) {
    EXPECT_EQ(call.run(rig.gpu()), call.usual) << call.name;
  }
}

TEST(NvmlCodes, every_function_is_uninitialized_before_init_and_after_shutdown) {
  const SimulatedMachine simulated(every_call_box());
  ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS);
  const nvmlDevice_t device = DriverRig::gpu();
  ASSERT_EQ(nvmlShutdown(), NVML_SUCCESS);
  for (const Call& call : every_call()) {
    EXPECT_EQ(call.run(device), NVML_ERROR_UNINITIALIZED) << call.name;
  }
  EXPECT_EQ(nvmlShutdown(), NVML_ERROR_UNINITIALIZED);
}

TEST(NvmlCodes, every_function_is_uninitialized_in_a_forked_child_until_that_initializes) {
  const DriverRig rig(every_call_box());
  const nvmlDevice_t device = rig.gpu();
  rig.set_limit_mw(150'000);
  EXPECT_EQ(in_child([&] {
              std::string wrong;
              for (const Call& call : every_call()) {
                if (call.run(device) != NVML_ERROR_UNINITIALIZED) wrong += call.name + " ";
              }
              if (nvmlShutdown() != NVML_ERROR_UNINITIALIZED) wrong += "nvmlShutdown ";
              if (nvmlInit_v2() != NVML_SUCCESS) wrong += "nvmlInit_v2 ";
              return wrong + std::to_string(DriverRig::limit_mw());
            }),
            "150000");
  EXPECT_EQ(rig.limit_mw(), 150'000U);
}

TEST(NvmlCodes, a_handle_that_is_no_gpus_is_an_invalid_argument) {
  const DriverRig rig(every_call_box());
  int thing = 0;
  for (const Call& call : every_call()) {
    if (!call.takes_handle) continue;
    EXPECT_EQ(call.run(nullptr), NVML_ERROR_INVALID_ARGUMENT) << call.name;
    EXPECT_EQ(call.run(reinterpret_cast<nvmlDevice_t>(&thing)), NVML_ERROR_INVALID_ARGUMENT)
        << call.name;
  }
}

TEST(NvmlCodes, init_is_counted) {
  const SimulatedMachine simulated;
  ASSERT_EQ(nvmlInit_v2(), NVML_SUCCESS);
  ASSERT_EQ(nvmlInitWithFlags(NVML_INIT_FLAG_NO_GPUS), NVML_SUCCESS);
  ASSERT_EQ(nvmlInit(), NVML_SUCCESS);
  unsigned count = 0;
  EXPECT_EQ(nvmlShutdown(), NVML_SUCCESS);
  EXPECT_EQ(nvmlShutdown(), NVML_SUCCESS);
  EXPECT_EQ(nvmlDeviceGetCount_v2(&count), NVML_SUCCESS);
  EXPECT_EQ(nvmlShutdown(), NVML_SUCCESS);
  EXPECT_EQ(nvmlDeviceGetCount_v2(&count), NVML_ERROR_UNINITIALIZED);
  EXPECT_EQ(nvmlInitWithFlags(64), NVML_ERROR_INVALID_ARGUMENT);
}

TEST(NvmlCodes, a_null_result_is_an_invalid_argument) {
  const DriverRig rig;
  const nvmlDevice_t device = rig.gpu();
  unsigned number = 0;
  const auto expect_invalid = [](nvmlReturn_t code, const char* what) {
    EXPECT_EQ(code, NVML_ERROR_INVALID_ARGUMENT) << what;
  };
  expect_invalid(nvmlSystemGetDriverVersion(nullptr, 80), "driver version");
  expect_invalid(nvmlSystemGetNVMLVersion(nullptr, 80), "NVML version");
  expect_invalid(nvmlDeviceGetCount_v2(nullptr), "count");
  expect_invalid(nvmlDeviceGetHandleByIndex_v2(0, nullptr), "handle");
  expect_invalid(nvmlDeviceGetHandleByUUID(nullptr, nullptr), "UUID");
  expect_invalid(nvmlDeviceGetHandleByPciBusId_v2("01:00.0", nullptr), "bus");
  expect_invalid(nvmlDeviceGetIndex(device, nullptr), "index");
  expect_invalid(nvmlDeviceGetName(device, nullptr, 96), "name");
  expect_invalid(nvmlDeviceGetUUID(device, nullptr, 80), "UUID");
  expect_invalid(nvmlDeviceGetPciInfo_v3(device, nullptr), "PCI");
  expect_invalid(nvmlDeviceGetArchitecture(device, nullptr), "architecture");
  expect_invalid(nvmlDeviceGetC2cModeInfoV(device, nullptr), "C2C");
  expect_invalid(nvmlDeviceGetMigMode(device, nullptr, &number), "MIG");
  expect_invalid(nvmlDeviceGetMaxMigDeviceCount(device, nullptr), "MIG count");
  expect_invalid(nvmlDeviceIsMigDeviceHandle(device, nullptr), "MIG handle");
  expect_invalid(nvmlDeviceGetPersistenceMode(device, nullptr), "persistence");
  expect_invalid(nvmlDeviceGetPowerManagementLimit(device, nullptr), "limit");
  expect_invalid(nvmlDeviceGetPowerManagementLimitConstraints(device, &number, nullptr), "range");
  expect_invalid(nvmlDeviceGetPowerManagementDefaultLimit(device, nullptr), "default");
  expect_invalid(nvmlDeviceGetEnforcedPowerLimit(device, nullptr), "enforced");
  expect_invalid(nvmlDeviceGetTotalEnergyConsumption(device, nullptr), "energy");
  expect_invalid(nvmlDeviceGetPowerUsage(device, nullptr), "power");
  expect_invalid(nvmlDeviceGetTemperature(device, NVML_TEMPERATURE_GPU, nullptr), "temperature");
  expect_invalid(nvmlDeviceGetTemperatureV(device, nullptr), "temperature V");
  expect_invalid(nvmlDeviceGetFieldValues(device, 1, nullptr), "fields");
  nvmlFieldValue_t value{};
  expect_invalid(nvmlDeviceGetFieldValues(device, 0, &value), "no fields");
  expect_invalid(nvmlDeviceGetSupportedMemoryClocks(device, nullptr, &number), "memory clocks");
  expect_invalid(nvmlDeviceGetSupportedGraphicsClocks(device, 877, nullptr, &number), "clocks");
}

TEST(NvmlCodes, a_buffer_that_is_too_small_is_told) {
  const DriverRig rig;
  const nvmlDevice_t device = rig.gpu();
  std::array<char, 96> text{};
  ASSERT_EQ(nvmlDeviceGetUUID(device, text.data(), text.size()), NVML_SUCCESS);
  const auto length = static_cast<unsigned>(std::strlen(text.data()));
  EXPECT_EQ(nvmlDeviceGetUUID(device, text.data(), length), NVML_ERROR_INSUFFICIENT_SIZE);
  EXPECT_EQ(nvmlDeviceGetUUID(device, text.data(), length + 1), NVML_SUCCESS);
  EXPECT_EQ(nvmlDeviceGetName(device, text.data(), 3), NVML_ERROR_INSUFFICIENT_SIZE);
  EXPECT_EQ(nvmlSystemGetDriverVersion(text.data(), 3), NVML_ERROR_INSUFFICIENT_SIZE);

  unsigned count = 0;
  EXPECT_EQ(nvmlDeviceGetSupportedGraphicsClocks(device, 877, &count, nullptr),
            NVML_ERROR_INSUFFICIENT_SIZE);
  EXPECT_EQ(count, 167U);  // 1380 down to 135 by 7.5
  EXPECT_EQ(nvmlDeviceGetSupportedGraphicsClocks(device, 878, &count, nullptr),
            NVML_ERROR_NOT_FOUND);
}

TEST(NvmlCodes, a_limit_out_of_range_is_invalid_and_leaves_the_limit) {
  const DriverRig rig;
  for (const unsigned limit : {0U, 99'999U, 250'001U, 4'000'000'000U}) {
    EXPECT_EQ(nvmlDeviceSetPowerManagementLimit(rig.gpu(), limit), NVML_ERROR_INVALID_ARGUMENT);
  }
  EXPECT_EQ(rig.limit_mw(), 250'000U);
  rig.set_limit_mw(100'000);
  rig.set_limit_mw(250'000);
}

TEST(NvmlCodes, without_the_right_to_write_even_an_unchanged_value_is_refused) {
  SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"model": "A40", "writable": false}]})";
  const DriverRig rig(options);
  const nvmlDevice_t device = rig.gpu();
  EXPECT_EQ(nvmlDeviceSetPowerManagementLimit(device, 300'000), NVML_ERROR_NO_PERMISSION);
  EXPECT_EQ(nvmlDeviceSetPersistenceMode(device, NVML_FEATURE_DISABLED), NVML_ERROR_NO_PERMISSION);
  EXPECT_EQ(nvmlDeviceSetGpuLockedClocks(device, 210, 1200), NVML_ERROR_NO_PERMISSION);
  EXPECT_EQ(nvmlDeviceResetGpuLockedClocks(device), NVML_ERROR_NO_PERMISSION);
  EXPECT_EQ(nvmlDeviceSetMemoryLockedClocks(device, 405, 7251), NVML_ERROR_NO_PERMISSION);
  EXPECT_EQ(nvmlDeviceResetMemoryLockedClocks(device), NVML_ERROR_NO_PERMISSION);
  EXPECT_EQ(rig.limit_mw(), 300'000U);
}

TEST(NvmlCodes, the_enforced_limit_is_the_stricter_of_the_requested_and_the_hosts) {
  SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"enforced_limit_w": 180, "prior_limit_w": 220.5}]})";
  const DriverRig rig(options);
  unsigned enforced = 0;
  ASSERT_EQ(nvmlDeviceGetEnforcedPowerLimit(rig.gpu(), &enforced), NVML_SUCCESS);
  EXPECT_EQ(rig.limit_mw(), 220'500U);
  EXPECT_EQ(enforced, 180'000U);
  rig.set_limit_mw(150'000);
  ASSERT_EQ(nvmlDeviceGetEnforcedPowerLimit(rig.gpu(), &enforced), NVML_SUCCESS);
  EXPECT_EQ(enforced, 150'000U);
}

TEST(NvmlCodes, a_structure_of_another_version_is_a_version_mismatch) {
  const DriverRig rig;
  nvmlTemperature_t temperature{nvmlTemperature_v1 + 1, NVML_TEMPERATURE_GPU, 0};
  EXPECT_EQ(nvmlDeviceGetTemperatureV(rig.gpu(), &temperature),
            NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
}

TEST(NvmlCodes, old_architectures_lack_what_came_later) {
  const DriverRig volta;
  EXPECT_EQ(nvmlDeviceSetGpuLockedClocks(volta.gpu(), 135, 1000), NVML_SUCCESS);
  EXPECT_EQ(nvmlDeviceSetMemoryLockedClocks(volta.gpu(), 877, 877), NVML_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(volta.field(NVML_FI_DEV_POWER_AVERAGE).nvmlReturn, NVML_ERROR_NOT_SUPPORTED);
}

TEST(NvmlCodes, pascal_has_no_energy_counter) {
  SimulatedMachineOptions options;
  options.model = "P100";
  const DriverRig pascal(options);
  unsigned long long energy = 0;
  EXPECT_EQ(nvmlDeviceGetTotalEnergyConsumption(pascal.gpu(), &energy), NVML_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(pascal.field(NVML_FI_DEV_TOTAL_ENERGY_CONSUMPTION).nvmlReturn,
            NVML_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(nvmlDeviceSetGpuLockedClocks(pascal.gpu(), 544, 1000), NVML_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(pascal.power_mw(), 32'500U);
}

TEST(NvmlCodes, mig_is_on_where_the_scenario_says_so) {
  SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"mig": true}, {}, {"model": "A100"}]})";
  const DriverRig rig(options);
  unsigned current = 0;
  unsigned pending = 0;
  unsigned count = 9;
  ASSERT_EQ(nvmlDeviceGetMigMode(rig.gpu(0), &current, &pending), NVML_SUCCESS);
  EXPECT_EQ(current, 1U);
  EXPECT_EQ(pending, 1U);
  EXPECT_EQ(nvmlDeviceGetMigMode(rig.gpu(1), &current, &pending), NVML_ERROR_NOT_SUPPORTED);
  ASSERT_EQ(nvmlDeviceGetMaxMigDeviceCount(rig.gpu(1), &count), NVML_SUCCESS);
  EXPECT_EQ(count, 0U);
  ASSERT_EQ(nvmlDeviceGetMigMode(rig.gpu(2), &current, &pending), NVML_SUCCESS);
  EXPECT_EQ(current, 0U);
}

}  // namespace
}  // namespace simulator::testing
