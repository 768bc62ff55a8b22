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
    std::string_view("nvmlDeviceGetCount"),
    std::string_view("nvmlDeviceGetCount_v2"),
    std::string_view("nvmlDeviceGetHandleByIndex_v2"),
    std::string_view("nvmlDeviceGetHandleByUUID"),
    std::string_view("nvmlDeviceGetHandleByPciBusId_v2"),
    std::string_view("nvmlDeviceGetIndex"),
    std::string_view("nvmlDeviceGetName"),
    std::string_view("nvmlDeviceGetUUID"),
    std::string_view("nvmlDeviceGetPciInfo_v3"),
    std::string_view("nvmlDeviceGetArchitecture"),
    std::string_view("nvmlDeviceGetC2cModeInfoV"),
    std::string_view("nvmlDeviceGetMigMode"),
    std::string_view("nvmlDeviceGetMaxMigDeviceCount"),
    std::string_view("nvmlDeviceIsMigDeviceHandle"),
    std::string_view("nvmlDeviceGetPersistenceMode"),
    std::string_view("nvmlDeviceSetPersistenceMode"),
    std::string_view("nvmlDeviceGetPowerManagementLimit"),
    std::string_view("nvmlDeviceGetPowerManagementLimitConstraints"),
    std::string_view("nvmlDeviceGetPowerManagementDefaultLimit"),
    std::string_view("nvmlDeviceGetEnforcedPowerLimit"),
    std::string_view("nvmlDeviceSetPowerManagementLimit"),
    std::string_view("nvmlDeviceGetTotalEnergyConsumption"),
    std::string_view("nvmlDeviceGetPowerUsage"),
    std::string_view("nvmlDeviceGetTemperature"),
    std::string_view("nvmlDeviceGetTemperatureV"),
    std::string_view("nvmlDeviceGetFieldValues"),
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

}  // namespace simulator
