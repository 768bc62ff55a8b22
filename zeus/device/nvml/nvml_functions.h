// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// NVML's functions as the library found them: name and address, looked up once.
#pragma once

#include "zeus/device/nvml/nvml_abi.h"

namespace zeus::nvml {

// `address` is nullptr where this driver is too old (or too new) to have the function.
template <class... Parameters>
struct Function {
  const char* name;
  Return (*address)(Parameters...) = nullptr;
};

struct Functions {
  // Without these a library is not NVML.
  Function<> init{"nvmlInit_v2"};
  Function<> shutdown{"nvmlShutdown"};
  Function<unsigned*> device_count{"nvmlDeviceGetCount_v2"};
  Function<unsigned, Device*> device_handle{"nvmlDeviceGetHandleByIndex_v2"};
  Function<Device, char*, unsigned> device_name{"nvmlDeviceGetName"};
  Function<Device, char*, unsigned> device_uuid{"nvmlDeviceGetUUID"};

  // A driver without one of these counts as answering NOT_SUPPORTED.
  Function<char*, unsigned> driver_version{"nvmlSystemGetDriverVersion"};
  Function<const char*, Device*> device_handle_by_uuid{"nvmlDeviceGetHandleByUUID"};
  Function<Device, PciInfo*> pci_info{"nvmlDeviceGetPciInfo_v3"};
  Function<Device, unsigned*> architecture{"nvmlDeviceGetArchitecture"};
  Function<Device, int*, int*> compute_capability{"nvmlDeviceGetCudaComputeCapability"};
  Function<Device, unsigned*, unsigned*> mig_mode{"nvmlDeviceGetMigMode"};
  Function<Device, unsigned*, unsigned*> power_limit_range{
      "nvmlDeviceGetPowerManagementLimitConstraints"};
  Function<Device, unsigned*> default_power_limit{"nvmlDeviceGetPowerManagementDefaultLimit"};
  Function<Device, unsigned*> power_limit{"nvmlDeviceGetPowerManagementLimit"};
  Function<Device, unsigned*> enforced_power_limit{"nvmlDeviceGetEnforcedPowerLimit"};
  Function<Device, unsigned> set_power_limit{"nvmlDeviceSetPowerManagementLimit"};
  Function<Device, unsigned long long*> total_energy{"nvmlDeviceGetTotalEnergyConsumption"};
  Function<Device, unsigned*> power_usage{"nvmlDeviceGetPowerUsage"};
  Function<Device, int, FieldValue*> field_values{"nvmlDeviceGetFieldValues"};
  Function<Device, Temperature*> temperature_v{"nvmlDeviceGetTemperatureV"};
  Function<Device, unsigned, unsigned*> temperature{"nvmlDeviceGetTemperature"};
  Function<Device, unsigned, unsigned*> clock{"nvmlDeviceGetClockInfo"};
  Function<Device, unsigned long long*> clock_reasons{"nvmlDeviceGetCurrentClocksEventReasons"};
  Function<Device, unsigned long long*> throttle_reasons{
      // the older name
      "nvmlDeviceGetCurrentClocksThrottleReasons"};
  Function<Device, unsigned*> persistence_mode{"nvmlDeviceGetPersistenceMode"};
  Function<Device, unsigned> set_persistence_mode{"nvmlDeviceSetPersistenceMode"};
  Function<Device, unsigned*, unsigned*> supported_memory_clocks{
      "nvmlDeviceGetSupportedMemoryClocks"};
  Function<Device, unsigned, unsigned*, unsigned*> supported_graphics_clocks{
      "nvmlDeviceGetSupportedGraphicsClocks"};
  Function<Device, unsigned, unsigned> lock_memory_clocks{"nvmlDeviceSetMemoryLockedClocks"};
  Function<Device> unlock_memory_clocks{"nvmlDeviceResetMemoryLockedClocks"};
  Function<Device, unsigned, unsigned> lock_graphics_clocks{"nvmlDeviceSetGpuLockedClocks"};
  Function<Device> unlock_graphics_clocks{"nvmlDeviceResetGpuLockedClocks"};
};

}  // namespace zeus::nvml
