// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using simulator::Cost;
using simulator::device_call;
using simulator::not_supported;
using simulator::SimulatedGpu;

namespace {

// A scenario may order it where the model has none, too.
bool has_mig(const SimulatedGpu& gpu) { return gpu.scenario().mig || gpu.model().has_mig; }

}  // namespace

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned* current, unsigned* pending) {
  return device_call(__func__, device, Cost::kNone, [&](const SimulatedGpu& gpu) {
    if (current == nullptr || pending == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (!has_mig(gpu)) return NVML_ERROR_NOT_SUPPORTED;
    *current = *pending = gpu.scenario().mig ? NVML_DEVICE_MIG_ENABLE : NVML_DEVICE_MIG_DISABLE;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned* count) {
  return simulator::get(__func__, device, Cost::kNone, count,
                        [](const SimulatedGpu& gpu) { return has_mig(gpu) ? 7 : 0; });
}

nvmlReturn_t nvmlDeviceIsMigDeviceHandle(nvmlDevice_t device, unsigned* is_mig) {
  return simulator::get(__func__, device, Cost::kNone, is_mig,
                        [](const SimulatedGpu&) { return 0; });
}

// MIG may be on, but there are no instances.
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned,
                                                 nvmlDevice_t* instance) {
  return device_call(__func__, device, Cost::kNone, [&](const SimulatedGpu& gpu) {
    if (instance == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    return gpu.scenario().mig ? NVML_ERROR_NOT_FOUND : NVML_ERROR_NOT_SUPPORTED;
  });
}

nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t instance,
                                                          nvmlDevice_t* device) {
  return not_supported(__func__, instance, Cost::kNone, device);
}

nvmlReturn_t nvmlDeviceGetGpuInstanceId(nvmlDevice_t device, unsigned* id) {
  return not_supported(__func__, device, Cost::kNone, id);
}

nvmlReturn_t nvmlDeviceGetComputeInstanceId(nvmlDevice_t device, unsigned* id) {
  return not_supported(__func__, device, Cost::kNone, id);
}
