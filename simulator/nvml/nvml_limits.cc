// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using namespace simulator;  // NOLINT(google-build-using-namespace)

namespace {

unsigned persistence_of(const SimulatedGpu& gpu) {
  return gpu.look([](const Moment& at) { return at.record.persistence_mode; });
}
std::int64_t requested_limit(const SimulatedGpu& gpu) {
  return gpu.look([](const Moment& at) { return at.record.requested_mw; });
}
std::int64_t enforced_limit(const SimulatedGpu& gpu) {
  return gpu.look([](const Moment& at) { return at.timeline.enforced_mw(); });
}
std::int64_t default_limit(const SimulatedGpu& gpu) { return gpu.scenario().default_limit_mw; }
std::pair<std::int64_t, std::int64_t> limit_range(const SimulatedGpu& gpu) {
  return {gpu.scenario().min_limit_mw, gpu.scenario().max_limit_mw};
}

}  // namespace

NVML_WITH_ONE(nvmlDeviceGetPersistenceMode, get<Cost::kRead>, persistence_of)
NVML_WITH_ONE(nvmlDeviceGetPowerManagementMode, get<Cost::kRead>, always(NVML_FEATURE_ENABLED))
NVML_WITH_ONE(nvmlDeviceGetPowerManagementLimit, get<Cost::kRead>, requested_limit)
NVML_WITH_TWO(nvmlDeviceGetPowerManagementLimitConstraints, get<Cost::kRead>, limit_range)
NVML_WITH_ONE(nvmlDeviceGetPowerManagementDefaultLimit, get<Cost::kRead>, default_limit)
NVML_WITH_ONE(nvmlDeviceGetEnforcedPowerLimit, get<Cost::kRead>, enforced_limit)

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

nvmlReturn_t nvmlDeviceSetPowerManagementLimit(nvmlDevice_t device, unsigned limit) {
  return device_call(__func__, device, Cost::kWrite, [&](const SimulatedGpu& gpu) {
    const GpuScenario& own = gpu.scenario();
    if (!own.writable) return NVML_ERROR_NO_PERMISSION;
    if (limit < own.min_limit_mw || limit > own.max_limit_mw) return NVML_ERROR_INVALID_ARGUMENT;
    gpu.change([&](Moment& at) { at.timeline.set_limit(at.now_ns, limit); });
    return NVML_SUCCESS;
  });
}
