// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The names of NVML's functions that this driver exports: what a fault may be ordered for.
#pragma once

#include <string>
#include <string_view>

namespace simulator {

// Each between two blanks.
inline constexpr std::string_view kNvmlFunctions =
    " nvmlInit nvmlInit_v2 nvmlInitWithFlags nvmlShutdown nvmlSystemGetDriverVersion "
    "nvmlSystemGetNVMLVersion nvmlSystemGetCudaDriverVersion "
    "nvmlSystemGetCudaDriverVersion_v2 nvmlSystemGetProcessName nvmlDeviceGetCount "
    "nvmlDeviceGetCount_v2 nvmlDeviceGetHandleByIndex nvmlDeviceGetHandleByIndex_v2 "
    "nvmlDeviceGetHandleByUUID nvmlDeviceGetHandleByPciBusId_v2 nvmlDeviceGetIndex "
    "nvmlDeviceGetMinorNumber nvmlDeviceGetName nvmlDeviceGetUUID nvmlDeviceGetPciInfo_v3 "
    "nvmlDeviceGetArchitecture nvmlDeviceGetC2cModeInfoV nvmlDeviceGetSerial "
    "nvmlDeviceGetVbiosVersion nvmlDeviceGetBrand nvmlDeviceGetCudaComputeCapability "
    "nvmlDeviceGetComputeMode nvmlDeviceGetDisplayMode nvmlDeviceGetDisplayActive "
    "nvmlDeviceGetDriverModel nvmlDeviceGetDriverModel_v2 nvmlDeviceGetEccMode "
    "nvmlDeviceGetTotalEccErrors nvmlDeviceGetMaxPcieLinkGeneration "
    "nvmlDeviceGetMaxPcieLinkWidth nvmlDeviceGetCurrPcieLinkGeneration "
    "nvmlDeviceGetCurrPcieLinkWidth nvmlDeviceGetPcieThroughput nvmlDeviceGetMigMode "
    "nvmlDeviceGetMaxMigDeviceCount nvmlDeviceIsMigDeviceHandle "
    "nvmlDeviceGetMigDeviceHandleByIndex nvmlDeviceGetDeviceHandleFromMigDeviceHandle "
    "nvmlDeviceGetGpuInstanceId nvmlDeviceGetComputeInstanceId nvmlDeviceGetPersistenceMode "
    "nvmlDeviceSetPersistenceMode nvmlDeviceGetPowerManagementMode "
    "nvmlDeviceGetPowerManagementLimit nvmlDeviceGetPowerManagementLimitConstraints "
    "nvmlDeviceGetPowerManagementDefaultLimit nvmlDeviceGetEnforcedPowerLimit "
    "nvmlDeviceSetPowerManagementLimit nvmlDeviceGetTotalEnergyConsumption "
    "nvmlDeviceGetPowerUsage nvmlDeviceGetTemperature nvmlDeviceGetTemperatureV "
    "nvmlDeviceGetTemperatureThreshold nvmlDeviceGetFanSpeed nvmlDeviceGetFieldValues "
    "nvmlDeviceGetMemoryInfo nvmlDeviceGetMemoryInfo_v2 nvmlDeviceGetBAR1MemoryInfo "
    "nvmlDeviceGetConfComputeMemSizeInfo nvmlDeviceGetComputeRunningProcesses "
    "nvmlDeviceGetComputeRunningProcesses_v2 nvmlDeviceGetComputeRunningProcesses_v3 "
    "nvmlDeviceGetGraphicsRunningProcesses nvmlDeviceGetGraphicsRunningProcesses_v2 "
    "nvmlDeviceGetGraphicsRunningProcesses_v3 nvmlDeviceGetMPSComputeRunningProcesses "
    "nvmlDeviceGetMPSComputeRunningProcesses_v2 nvmlDeviceGetMPSComputeRunningProcesses_v3 "
    "nvmlDeviceGetRunningProcessDetailList nvmlDeviceGetProcessUtilization "
    "nvmlDeviceGetUtilizationRates nvmlDeviceGetEncoderUtilization "
    "nvmlDeviceGetDecoderUtilization nvmlDeviceGetPerformanceState nvmlDeviceGetPowerState "
    "nvmlDeviceGetClockInfo nvmlDeviceGetMaxClockInfo nvmlDeviceGetCurrentClocksEventReasons "
    "nvmlDeviceGetCurrentClocksThrottleReasons nvmlDeviceGetSupportedClocksEventReasons "
    "nvmlDeviceGetSupportedClocksThrottleReasons nvmlDeviceGetSupportedMemoryClocks "
    "nvmlDeviceGetSupportedGraphicsClocks nvmlDeviceSetGpuLockedClocks "
    "nvmlDeviceResetGpuLockedClocks nvmlDeviceSetMemoryLockedClocks "
    "nvmlDeviceResetMemoryLockedClocks ";

[[nodiscard]] inline bool is_nvml_function(std::string_view name) {
  const bool is_word = !name.empty() && name.find(' ') == name.npos;
  return is_word && kNvmlFunctions.find(" " + std::string(name) + " ") != kNvmlFunctions.npos;
}

// Whether it sets or resets something.
[[nodiscard]] inline bool is_nvml_write(std::string_view name) {
  return is_nvml_function(name) &&
         (name.starts_with("nvmlDeviceSet") || name.starts_with("nvmlDeviceReset"));
}

}  // namespace simulator
