// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Every NVML function of the driver that can fail, called with valid arguments, and what it
// answers where nothing is wrong.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "simulator/nvml_abi.h"

namespace simulator::testing {

struct Call {
  std::string name;
  bool takes_handle = false;
  std::function<nvmlReturn_t(nvmlDevice_t)> run;
  nvmlReturn_t usual = NVML_SUCCESS;  // on an A40
};

inline std::vector<Call> every_call() {
  static char text[96];
  static unsigned number[4];
  static unsigned long long energy;
  static nvmlDevice_t device;
  static nvmlPciInfo_t pci;
  static nvmlEnableState_t state;
  static nvmlTemperature_t temperature;
  static nvmlC2cModeInfo_v1_t c2c;
  static nvmlFieldValue_t field;
  static std::array<unsigned, 512> clocks;
  using Device = nvmlDevice_t;
  return {
      {"nvmlSystemGetDriverVersion", false,
       [](Device) { return nvmlSystemGetDriverVersion(text, sizeof(text)); }},
      {"nvmlSystemGetNVMLVersion", false,
       [](Device) { return nvmlSystemGetNVMLVersion(text, sizeof(text)); }},
      {"nvmlDeviceGetCount", false, [](Device) { return nvmlDeviceGetCount(number); }},
      {"nvmlDeviceGetCount_v2", false, [](Device) { return nvmlDeviceGetCount_v2(number); }},
      {"nvmlDeviceGetHandleByIndex_v2", false,
       [](Device) { return nvmlDeviceGetHandleByIndex_v2(0, &device); }},
      {"nvmlDeviceGetHandleByUUID", false,
       [](Device) { return nvmlDeviceGetHandleByUUID("GPU-test", &device); }},
      {"nvmlDeviceGetHandleByPciBusId_v2", false,
       [](Device) { return nvmlDeviceGetHandleByPciBusId_v2("00000000:01:00.0", &device); }},
      {"nvmlDeviceGetIndex", true, [](Device d) { return nvmlDeviceGetIndex(d, number); }},
      {"nvmlDeviceGetName", true,
       [](Device d) { return nvmlDeviceGetName(d, text, sizeof(text)); }},
      {"nvmlDeviceGetUUID", true,
       [](Device d) { return nvmlDeviceGetUUID(d, text, sizeof(text)); }},
      {"nvmlDeviceGetPciInfo_v3", true, [](Device d) { return nvmlDeviceGetPciInfo_v3(d, &pci); }},
      {"nvmlDeviceGetArchitecture", true,
       [](Device d) { return nvmlDeviceGetArchitecture(d, number); }},
      {"nvmlDeviceGetC2cModeInfoV", true,
       [](Device d) { return nvmlDeviceGetC2cModeInfoV(d, &c2c); }, NVML_ERROR_NOT_SUPPORTED},
      {"nvmlDeviceGetMigMode", true,
       [](Device d) { return nvmlDeviceGetMigMode(d, number, number + 1); },
       NVML_ERROR_NOT_SUPPORTED},
      {"nvmlDeviceGetMaxMigDeviceCount", true,
       [](Device d) { return nvmlDeviceGetMaxMigDeviceCount(d, number); }},
      {"nvmlDeviceIsMigDeviceHandle", true,
       [](Device d) { return nvmlDeviceIsMigDeviceHandle(d, number); }},
      {"nvmlDeviceGetPersistenceMode", true,
       [](Device d) { return nvmlDeviceGetPersistenceMode(d, &state); }},
      {"nvmlDeviceSetPersistenceMode", true,
       [](Device d) { return nvmlDeviceSetPersistenceMode(d, NVML_FEATURE_ENABLED); }},
      {"nvmlDeviceGetPowerManagementLimit", true,
       [](Device d) { return nvmlDeviceGetPowerManagementLimit(d, number); }},
      {"nvmlDeviceGetPowerManagementLimitConstraints", true,
       [](Device d) {
         return nvmlDeviceGetPowerManagementLimitConstraints(d, number, number + 1);
       }},
      {"nvmlDeviceGetPowerManagementDefaultLimit", true,
       [](Device d) { return nvmlDeviceGetPowerManagementDefaultLimit(d, number); }},
      {"nvmlDeviceGetEnforcedPowerLimit", true,
       [](Device d) { return nvmlDeviceGetEnforcedPowerLimit(d, number); }},
      {"nvmlDeviceSetPowerManagementLimit", true,
       [](Device d) { return nvmlDeviceSetPowerManagementLimit(d, 200'000); }},
      {"nvmlDeviceGetTotalEnergyConsumption", true,
       [](Device d) { return nvmlDeviceGetTotalEnergyConsumption(d, &energy); }},
      {"nvmlDeviceGetPowerUsage", true,
       [](Device d) { return nvmlDeviceGetPowerUsage(d, number); }},
      {"nvmlDeviceGetTemperature", true,
       [](Device d) { return nvmlDeviceGetTemperature(d, NVML_TEMPERATURE_GPU, number); }},
      {"nvmlDeviceGetTemperatureV", true,
       [](Device d) {
         temperature = {nvmlTemperature_v1, NVML_TEMPERATURE_GPU, 0};
         return nvmlDeviceGetTemperatureV(d, &temperature);
       }},
      {"nvmlDeviceGetFieldValues", true,
       [](Device d) {
         field.fieldId = NVML_FI_DEV_POWER_INSTANT;
         return nvmlDeviceGetFieldValues(d, 1, &field);
       }},
      {"nvmlDeviceGetSupportedMemoryClocks", true,
       [](Device d) {
         number[0] = clocks.size();
         return nvmlDeviceGetSupportedMemoryClocks(d, number, clocks.data());
       }},
      {"nvmlDeviceGetSupportedGraphicsClocks", true,
       [](Device d) {
         number[0] = clocks.size();
         return nvmlDeviceGetSupportedGraphicsClocks(d, 7251, number, clocks.data());
       }},
      {"nvmlDeviceSetGpuLockedClocks", true,
       [](Device d) { return nvmlDeviceSetGpuLockedClocks(d, 210, 1200); }},
      {"nvmlDeviceResetGpuLockedClocks", true,
       [](Device d) { return nvmlDeviceResetGpuLockedClocks(d); }},
      {"nvmlDeviceSetMemoryLockedClocks", true,
       [](Device d) { return nvmlDeviceSetMemoryLockedClocks(d, 405, 7251); }},
      {"nvmlDeviceResetMemoryLockedClocks", true,
       [](Device d) { return nvmlDeviceResetMemoryLockedClocks(d); }},
  };
}

// The GPU that they are valid for.
inline constexpr const char* kEveryCallGpu =
    R"({"gpus": [{"model": "A40", "uuid": "GPU-test", "count": 1}]})";

}  // namespace simulator::testing
