// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using simulator::Cost;
using simulator::device_call;
using simulator::get;
using simulator::GpuScenario;
using simulator::Moment;
using simulator::SimulatedGpu;

nvmlReturn_t nvmlDeviceGetPersistenceMode(nvmlDevice_t device, nvmlEnableState_t* mode) {
  return get(__func__, device, Cost::kRead, mode, [](const SimulatedGpu& gpu) {
    return gpu.look([](const Moment& at) { return at.record.persistence_mode; });
  });
}

nvmlReturn_t nvmlDeviceSetPersistenceMode(nvmlDevice_t device, nvmlEnableState_t mode) {
  return device_call(__func__, device, Cost::kWrite, [&](const SimulatedGpu& gpu) {
    // A C program may pass any number.
    const auto number = static_cast<int>(mode);
    if (number != NVML_FEATURE_DISABLED && number != NVML_FEATURE_ENABLED) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    if (!gpu.scenario().writable) return NVML_ERROR_NO_PERMISSION;
    gpu.change([&](Moment& at) { at.record.persistence_mode = static_cast<unsigned>(number); });
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetPowerManagementMode(nvmlDevice_t device, nvmlEnableState_t* mode) {
  return get(__func__, device, Cost::kRead, mode,
             [](const SimulatedGpu&) { return NVML_FEATURE_ENABLED; });
}

nvmlReturn_t nvmlDeviceGetPowerManagementLimit(nvmlDevice_t device, unsigned* limit) {
  return get(__func__, device, Cost::kRead, limit, [](const SimulatedGpu& gpu) {
    return gpu.look([](const Moment& at) { return at.record.requested_mw; });
  });
}

nvmlReturn_t nvmlDeviceGetPowerManagementLimitConstraints(nvmlDevice_t device, unsigned* min_limit,
                                                          unsigned* max_limit) {
  return get(__func__, device, Cost::kRead, min_limit, max_limit, [](const SimulatedGpu& gpu) {
    return std::pair(gpu.scenario().min_limit_mw, gpu.scenario().max_limit_mw);
  });
}

nvmlReturn_t nvmlDeviceGetPowerManagementDefaultLimit(nvmlDevice_t device, unsigned* limit) {
  return get(__func__, device, Cost::kRead, limit,
             [](const SimulatedGpu& gpu) { return gpu.scenario().default_limit_mw; });
}

nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned* limit) {
  return get(__func__, device, Cost::kRead, limit, [](const SimulatedGpu& gpu) {
    return gpu.look([](const Moment& at) { return at.timeline.enforced_mw(); });
  });
}

nvmlReturn_t nvmlDeviceSetPowerManagementLimit(nvmlDevice_t device, unsigned limit) {
  return device_call(__func__, device, Cost::kWrite, [&](const SimulatedGpu& gpu) {
    const GpuScenario& own = gpu.scenario();
    if (!own.writable) return NVML_ERROR_NO_PERMISSION;
    if (limit < own.min_limit_mw || limit > own.max_limit_mw) return NVML_ERROR_INVALID_ARGUMENT;
    gpu.change([&](Moment& at) { at.timeline.set_limit(at.now_ns, limit); });
    return NVML_SUCCESS;
  });
}
