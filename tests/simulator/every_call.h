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

#include "simulator/nvml/nvml_abi.h"

namespace simulator::testing {

struct Call {
  std::string name;
  bool takes_handle = false;
  std::function<nvmlReturn_t(nvmlDevice_t)> run;
  nvmlReturn_t usual = NVML_SUCCESS;  // on an A40
};

// A clock that the GPU's memory has: an A40's, unless set.
inline unsigned& every_call_memory_clock() {
  static unsigned clock = 7251;
  return clock;
}

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
  static int whole[2];
  static unsigned long long big;
  static nvmlBrandType_t brand;
  static nvmlComputeMode_t compute_mode;
  static nvmlDriverModel_t driver_model[2];
  static nvmlEnableState_t states[2];
  static nvmlPstates_t pstate;
  static nvmlUtilization_t utilization;
  static nvmlMemory_t memory;
  static nvmlMemory_v2_t memory_v2;
  static nvmlBAR1Memory_t bar1;
  static nvmlConfComputeMemSizeInfo_t confidential;
  static std::array<nvmlProcessInfo_v1_t, 64> old_processes;
  static std::array<nvmlProcessInfo_t, 64> processes;
  static std::array<nvmlProcessDetail_v1_t, 64> details;
  static nvmlProcessDetailList_t detail_list;
  static std::array<nvmlProcessUtilizationSample_t, 64> samples;
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
         return nvmlDeviceGetSupportedGraphicsClocks(d, every_call_memory_clock(), number,
                                                     clocks.data());
       }},
      {"nvmlDeviceSetGpuLockedClocks", true,
       [](Device d) { return nvmlDeviceSetGpuLockedClocks(d, 210, 1200); }},
      {"nvmlDeviceResetGpuLockedClocks", true,
       [](Device d) { return nvmlDeviceResetGpuLockedClocks(d); }},
      {"nvmlDeviceSetMemoryLockedClocks", true,
       [](Device d) { return nvmlDeviceSetMemoryLockedClocks(d, 405, 7251); }},
      {"nvmlDeviceResetMemoryLockedClocks", true,
       [](Device d) { return nvmlDeviceResetMemoryLockedClocks(d); }},
      {"nvmlSystemGetCudaDriverVersion", false,
       [](Device) { return nvmlSystemGetCudaDriverVersion(whole); }},
      {"nvmlSystemGetCudaDriverVersion_v2", false,
       [](Device) { return nvmlSystemGetCudaDriverVersion_v2(whole); }},
      {"nvmlSystemGetProcessName", false,
       [](Device) { return nvmlSystemGetProcessName(1, text, sizeof(text)); }},
      {"nvmlDeviceGetHandleByIndex", false,
       [](Device) { return nvmlDeviceGetHandleByIndex(0, &device); }},
      {"nvmlDeviceGetMinorNumber", true,
       [](Device d) { return nvmlDeviceGetMinorNumber(d, number); }},
      {"nvmlDeviceGetSerial", true,
       [](Device d) { return nvmlDeviceGetSerial(d, text, sizeof(text)); }},
      {"nvmlDeviceGetVbiosVersion", true,
       [](Device d) { return nvmlDeviceGetVbiosVersion(d, text, sizeof(text)); }},
      {"nvmlDeviceGetBrand", true, [](Device d) { return nvmlDeviceGetBrand(d, &brand); }},
      {"nvmlDeviceGetCudaComputeCapability", true,
       [](Device d) { return nvmlDeviceGetCudaComputeCapability(d, whole, whole + 1); }},
      {"nvmlDeviceGetComputeMode", true,
       [](Device d) { return nvmlDeviceGetComputeMode(d, &compute_mode); }},
      {"nvmlDeviceGetDisplayMode", true,
       [](Device d) { return nvmlDeviceGetDisplayMode(d, states); }},
      {"nvmlDeviceGetDisplayActive", true,
       [](Device d) { return nvmlDeviceGetDisplayActive(d, states); }},
      {"nvmlDeviceGetDriverModel", true,
       [](Device d) { return nvmlDeviceGetDriverModel(d, driver_model, driver_model + 1); },
       NVML_ERROR_NOT_SUPPORTED},
      {"nvmlDeviceGetDriverModel_v2", true,
       [](Device d) { return nvmlDeviceGetDriverModel_v2(d, driver_model, driver_model + 1); },
       NVML_ERROR_NOT_SUPPORTED},
      {"nvmlDeviceGetEccMode", true,
       [](Device d) { return nvmlDeviceGetEccMode(d, states, states + 1); }},
      {"nvmlDeviceGetTotalEccErrors", true,
       [](Device d) {
         return nvmlDeviceGetTotalEccErrors(d, NVML_MEMORY_ERROR_TYPE_CORRECTED, NVML_VOLATILE_ECC,
                                            &big);
       }},
      {"nvmlDeviceGetMaxPcieLinkGeneration", true,
       [](Device d) { return nvmlDeviceGetMaxPcieLinkGeneration(d, number); }},
      {"nvmlDeviceGetMaxPcieLinkWidth", true,
       [](Device d) { return nvmlDeviceGetMaxPcieLinkWidth(d, number); }},
      {"nvmlDeviceGetCurrPcieLinkGeneration", true,
       [](Device d) { return nvmlDeviceGetCurrPcieLinkGeneration(d, number); }},
      {"nvmlDeviceGetCurrPcieLinkWidth", true,
       [](Device d) { return nvmlDeviceGetCurrPcieLinkWidth(d, number); }},
      {"nvmlDeviceGetPcieThroughput", true,
       [](Device d) { return nvmlDeviceGetPcieThroughput(d, NVML_PCIE_UTIL_TX_BYTES, number); }},
      {"nvmlDeviceGetMigDeviceHandleByIndex", true,
       [](Device d) { return nvmlDeviceGetMigDeviceHandleByIndex(d, 0, &device); },
       NVML_ERROR_NOT_SUPPORTED},
      {"nvmlDeviceGetDeviceHandleFromMigDeviceHandle", true,
       [](Device d) { return nvmlDeviceGetDeviceHandleFromMigDeviceHandle(d, &device); },
       NVML_ERROR_NOT_SUPPORTED},
      {"nvmlDeviceGetGpuInstanceId", true,
       [](Device d) { return nvmlDeviceGetGpuInstanceId(d, number); }, NVML_ERROR_NOT_SUPPORTED},
      {"nvmlDeviceGetComputeInstanceId", true,
       [](Device d) { return nvmlDeviceGetComputeInstanceId(d, number); },
       NVML_ERROR_NOT_SUPPORTED},
      {"nvmlDeviceGetPowerManagementMode", true,
       [](Device d) { return nvmlDeviceGetPowerManagementMode(d, states); }},
      {"nvmlDeviceGetTemperatureThreshold", true,
       [](Device d) {
         return nvmlDeviceGetTemperatureThreshold(d, NVML_TEMPERATURE_THRESHOLD_SHUTDOWN, number);
       }},
      {"nvmlDeviceGetFanSpeed", true, [](Device d) { return nvmlDeviceGetFanSpeed(d, number); },
       NVML_ERROR_NOT_SUPPORTED},
      {"nvmlDeviceGetMemoryInfo", true,
       [](Device d) { return nvmlDeviceGetMemoryInfo(d, &memory); }},
      {"nvmlDeviceGetMemoryInfo_v2", true,
       [](Device d) {
         memory_v2.version = nvmlMemory_v2;
         return nvmlDeviceGetMemoryInfo_v2(d, &memory_v2);
       }},
      {"nvmlDeviceGetBAR1MemoryInfo", true,
       [](Device d) { return nvmlDeviceGetBAR1MemoryInfo(d, &bar1); }},
      {"nvmlDeviceGetConfComputeMemSizeInfo", true,
       [](Device d) { return nvmlDeviceGetConfComputeMemSizeInfo(d, &confidential); },
       NVML_ERROR_NOT_SUPPORTED},
      {"nvmlDeviceGetComputeRunningProcesses", true,
       [](Device d) {
         number[0] = old_processes.size();
         return nvmlDeviceGetComputeRunningProcesses(d, number, old_processes.data());
       }},
      {"nvmlDeviceGetComputeRunningProcesses_v2", true,
       [](Device d) {
         number[0] = processes.size();
         return nvmlDeviceGetComputeRunningProcesses_v2(d, number, processes.data());
       }},
      {"nvmlDeviceGetComputeRunningProcesses_v3", true,
       [](Device d) {
         number[0] = processes.size();
         return nvmlDeviceGetComputeRunningProcesses_v3(d, number, processes.data());
       }},
      {"nvmlDeviceGetGraphicsRunningProcesses", true,
       [](Device d) {
         number[0] = old_processes.size();
         return nvmlDeviceGetGraphicsRunningProcesses(d, number, old_processes.data());
       }},
      {"nvmlDeviceGetGraphicsRunningProcesses_v2", true,
       [](Device d) {
         number[0] = processes.size();
         return nvmlDeviceGetGraphicsRunningProcesses_v2(d, number, processes.data());
       }},
      {"nvmlDeviceGetGraphicsRunningProcesses_v3", true,
       [](Device d) {
         number[0] = processes.size();
         return nvmlDeviceGetGraphicsRunningProcesses_v3(d, number, processes.data());
       }},
      {"nvmlDeviceGetMPSComputeRunningProcesses", true,
       [](Device d) {
         number[0] = old_processes.size();
         return nvmlDeviceGetMPSComputeRunningProcesses(d, number, old_processes.data());
       }},
      {"nvmlDeviceGetMPSComputeRunningProcesses_v2", true,
       [](Device d) {
         number[0] = processes.size();
         return nvmlDeviceGetMPSComputeRunningProcesses_v2(d, number, processes.data());
       }},
      {"nvmlDeviceGetMPSComputeRunningProcesses_v3", true,
       [](Device d) {
         number[0] = processes.size();
         return nvmlDeviceGetMPSComputeRunningProcesses_v3(d, number, processes.data());
       }},
      {"nvmlDeviceGetRunningProcessDetailList", true,
       [](Device d) {
         detail_list = {nvmlProcessDetailList_v1, NVML_PROCESS_MODE_COMPUTE, details.size(),
                        details.data()};
         return nvmlDeviceGetRunningProcessDetailList(d, &detail_list);
       }},
      {"nvmlDeviceGetProcessUtilization", true,
       [](Device d) {
         number[0] = samples.size();
         return nvmlDeviceGetProcessUtilization(d, samples.data(), number, 0);
       },
       NVML_ERROR_NOT_FOUND},
      {"nvmlDeviceGetUtilizationRates", true,
       [](Device d) { return nvmlDeviceGetUtilizationRates(d, &utilization); }},
      {"nvmlDeviceGetEncoderUtilization", true,
       [](Device d) { return nvmlDeviceGetEncoderUtilization(d, number, number + 1); }},
      {"nvmlDeviceGetDecoderUtilization", true,
       [](Device d) { return nvmlDeviceGetDecoderUtilization(d, number, number + 1); }},
      {"nvmlDeviceGetPerformanceState", true,
       [](Device d) { return nvmlDeviceGetPerformanceState(d, &pstate); }},
      {"nvmlDeviceGetPowerState", true,
       [](Device d) { return nvmlDeviceGetPowerState(d, &pstate); }},
      {"nvmlDeviceGetClockInfo", true,
       [](Device d) { return nvmlDeviceGetClockInfo(d, NVML_CLOCK_SM, number); }},
      {"nvmlDeviceGetMaxClockInfo", true,
       [](Device d) { return nvmlDeviceGetMaxClockInfo(d, NVML_CLOCK_SM, number); }},
      {"nvmlDeviceGetCurrentClocksEventReasons", true,
       [](Device d) { return nvmlDeviceGetCurrentClocksEventReasons(d, &big); }},
      {"nvmlDeviceGetCurrentClocksThrottleReasons", true,
       [](Device d) { return nvmlDeviceGetCurrentClocksThrottleReasons(d, &big); }},
      {"nvmlDeviceGetSupportedClocksEventReasons", true,
       [](Device d) { return nvmlDeviceGetSupportedClocksEventReasons(d, &big); }},
      {"nvmlDeviceGetSupportedClocksThrottleReasons", true,
       [](Device d) { return nvmlDeviceGetSupportedClocksThrottleReasons(d, &big); }},
  };
}

// The GPU that they are valid for.
inline constexpr const char* kEveryCallGpu =
    R"({"gpus": [{"model": "A40", "uuid": "GPU-test", "count": 1}]})";

}  // namespace simulator::testing
