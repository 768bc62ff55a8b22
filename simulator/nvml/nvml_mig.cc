// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using simulator::Cost;
using simulator::device_call;
using simulator::Driver;

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int* current,
                                  unsigned int* pending) {
  return device_call(__func__, device, Cost::kNone, [&](Driver& driver, unsigned index) {
    if (current == nullptr || pending == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    // A scenario may order it where the model has none, too.
    const simulator::GpuScenario& gpu = driver.scenario().gpus[index];
    if (!gpu.mig && !gpu.model->has_mig) return NVML_ERROR_NOT_SUPPORTED;
    *current = *pending = gpu.mig ? NVML_DEVICE_MIG_ENABLE : NVML_DEVICE_MIG_DISABLE;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned int* count) {
  return device_call(__func__, device, Cost::kNone, [&](Driver& driver, unsigned index) {
    if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const simulator::GpuScenario& gpu = driver.scenario().gpus[index];
    *count = gpu.mig || gpu.model->has_mig ? 7 : 0;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceIsMigDeviceHandle(nvmlDevice_t device, unsigned int* is_mig) {
  return device_call(__func__, device, Cost::kNone, [&](Driver&, unsigned) {
    if (is_mig == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *is_mig = 0;
    return NVML_SUCCESS;
  });
}

// MIG may be on, but there are no instances.
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int,
                                                 nvmlDevice_t* instance) {
  return device_call(__func__, device, Cost::kNone, [&](Driver& driver, unsigned index) {
    if (instance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    return driver.scenario().gpus[index].mig ? NVML_ERROR_NOT_FOUND : NVML_ERROR_NOT_SUPPORTED;
  });
}

nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t instance,
                                                          nvmlDevice_t* device) {
  return device_call(__func__, instance, Cost::kNone, [&](Driver&, unsigned) {
    return device == nullptr ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_NOT_SUPPORTED;
  });
}

nvmlReturn_t nvmlDeviceGetGpuInstanceId(nvmlDevice_t device, unsigned int* id) {
  return device_call(__func__, device, Cost::kNone, [&](Driver&, unsigned) {
    return id == nullptr ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_NOT_SUPPORTED;
  });
}

nvmlReturn_t nvmlDeviceGetComputeInstanceId(nvmlDevice_t device, unsigned int* id) {
  return device_call(__func__, device, Cost::kNone, [&](Driver&, unsigned) {
    return id == nullptr ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_NOT_SUPPORTED;
  });
}
