// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The names of NVML's functions that this driver exports: what a fault may be ordered for.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace simulator {

inline constexpr std::array kNvmlFunctions{
    std::string_view("nvmlInit"),
    std::string_view("nvmlInit_v2"),
    std::string_view("nvmlInitWithFlags"),
    std::string_view("nvmlShutdown"),
    std::string_view("nvmlSystemGetDriverVersion"),
    std::string_view("nvmlSystemGetNVMLVersion"),
    std::string_view("nvmlSystemGetCudaDriverVersion"),
    std::string_view("nvmlSystemGetCudaDriverVersion_v2"),
    std::string_view("nvmlSystemGetProcessName"),
    std::string_view("nvmlDeviceGetCount"),
    std::string_view("nvmlDeviceGetCount_v2"),
    std::string_view("nvmlDeviceGetHandleByIndex"),
    std::string_view("nvmlDeviceGetHandleByIndex_v2"),
    std::string_view("nvmlDeviceGetHandleByUUID"),
    std::string_view("nvmlDeviceGetHandleByPciBusId_v2"),
    std::string_view("nvmlDeviceGetIndex"),
    std::string_view("nvmlDeviceGetMinorNumber"),
    std::string_view("nvmlDeviceGetName"),
    std::string_view("nvmlDeviceGetUUID"),
    std::string_view("nvmlDeviceGetPciInfo_v3"),
    std::string_view("nvmlDeviceGetArchitecture"),
    std::string_view("nvmlDeviceGetC2cModeInfoV"),
    std::string_view("nvmlDeviceGetSerial"),
    std::string_view("nvmlDeviceGetVbiosVersion"),
    std::string_view("nvmlDeviceGetBrand"),
    std::string_view("nvmlDeviceGetCudaComputeCapability"),
    std::string_view("nvmlDeviceGetComputeMode"),
    std::string_view("nvmlDeviceGetDisplayMode"),
    std::string_view("nvmlDeviceGetDisplayActive"),
    std::string_view("nvmlDeviceGetDriverModel"),
    std::string_view("nvmlDeviceGetDriverModel_v2"),
    std::string_view("nvmlDeviceGetEccMode"),
    std::string_view("nvmlDeviceGetTotalEccErrors"),
    std::string_view("nvmlDeviceGetMaxPcieLinkGeneration"),
    std::string_view("nvmlDeviceGetMaxPcieLinkWidth"),
    std::string_view("nvmlDeviceGetCurrPcieLinkGeneration"),
    std::string_view("nvmlDeviceGetCurrPcieLinkWidth"),
    std::string_view("nvmlDeviceGetPcieThroughput"),
    std::string_view("nvmlDeviceGetMigMode"),
    std::string_view("nvmlDeviceGetMaxMigDeviceCount"),
    std::string_view("nvmlDeviceIsMigDeviceHandle"),
    std::string_view("nvmlDeviceGetMigDeviceHandleByIndex"),
    std::string_view("nvmlDeviceGetDeviceHandleFromMigDeviceHandle"),
    std::string_view("nvmlDeviceGetGpuInstanceId"),
    std::string_view("nvmlDeviceGetComputeInstanceId"),
    std::string_view("nvmlDeviceGetPersistenceMode"),
    std::string_view("nvmlDeviceSetPersistenceMode"),
    std::string_view("nvmlDeviceGetPowerManagementMode"),
    std::string_view("nvmlDeviceGetPowerManagementLimit"),
    std::string_view("nvmlDeviceGetPowerManagementLimitConstraints"),
    std::string_view("nvmlDeviceGetPowerManagementDefaultLimit"),
    std::string_view("nvmlDeviceGetEnforcedPowerLimit"),
    std::string_view("nvmlDeviceSetPowerManagementLimit"),
    std::string_view("nvmlDeviceGetTotalEnergyConsumption"),
    std::string_view("nvmlDeviceGetPowerUsage"),
    std::string_view("nvmlDeviceGetTemperature"),
    std::string_view("nvmlDeviceGetTemperatureV"),
    std::string_view("nvmlDeviceGetTemperatureThreshold"),
    std::string_view("nvmlDeviceGetFanSpeed"),
    std::string_view("nvmlDeviceGetFieldValues"),
    std::string_view("nvmlDeviceGetMemoryInfo"),
    std::string_view("nvmlDeviceGetMemoryInfo_v2"),
    std::string_view("nvmlDeviceGetBAR1MemoryInfo"),
    std::string_view("nvmlDeviceGetConfComputeMemSizeInfo"),
    std::string_view("nvmlDeviceGetComputeRunningProcesses"),
    std::string_view("nvmlDeviceGetComputeRunningProcesses_v2"),
    std::string_view("nvmlDeviceGetComputeRunningProcesses_v3"),
    std::string_view("nvmlDeviceGetGraphicsRunningProcesses"),
    std::string_view("nvmlDeviceGetGraphicsRunningProcesses_v2"),
    std::string_view("nvmlDeviceGetGraphicsRunningProcesses_v3"),
    std::string_view("nvmlDeviceGetMPSComputeRunningProcesses"),
    std::string_view("nvmlDeviceGetMPSComputeRunningProcesses_v2"),
    std::string_view("nvmlDeviceGetMPSComputeRunningProcesses_v3"),
    std::string_view("nvmlDeviceGetRunningProcessDetailList"),
    std::string_view("nvmlDeviceGetProcessUtilization"),
    std::string_view("nvmlDeviceGetUtilizationRates"),
    std::string_view("nvmlDeviceGetEncoderUtilization"),
    std::string_view("nvmlDeviceGetDecoderUtilization"),
    std::string_view("nvmlDeviceGetPerformanceState"),
    std::string_view("nvmlDeviceGetPowerState"),
    std::string_view("nvmlDeviceGetClockInfo"),
    std::string_view("nvmlDeviceGetMaxClockInfo"),
    std::string_view("nvmlDeviceGetCurrentClocksEventReasons"),
    std::string_view("nvmlDeviceGetCurrentClocksThrottleReasons"),
    std::string_view("nvmlDeviceGetSupportedClocksEventReasons"),
    std::string_view("nvmlDeviceGetSupportedClocksThrottleReasons"),
    std::string_view("nvmlDeviceGetSupportedMemoryClocks"),
    std::string_view("nvmlDeviceGetSupportedGraphicsClocks"),
    std::string_view("nvmlDeviceSetGpuLockedClocks"),
    std::string_view("nvmlDeviceResetGpuLockedClocks"),
    std::string_view("nvmlDeviceSetMemoryLockedClocks"),
    std::string_view("nvmlDeviceResetMemoryLockedClocks"),
};

[[nodiscard]] constexpr bool is_nvml_function(std::string_view name) {
  return std::find(kNvmlFunctions.begin(), kNvmlFunctions.end(), name) != kNvmlFunctions.end();
}

// Whether it sets or resets something.
[[nodiscard]] constexpr bool is_nvml_write(std::string_view name) {
  return is_nvml_function(name) &&
         (name.starts_with("nvmlDeviceSet") || name.starts_with("nvmlDeviceReset"));
}

}  // namespace simulator
