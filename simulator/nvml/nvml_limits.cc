// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using simulator::Cost;
using simulator::device_call;
using simulator::Driver;
using simulator::GpuRecord;
using simulator::GpuScenario;
using simulator::GpuTimeline;

namespace {

// read(GpuScenario, GpuTimeline, GpuRecord) gives the mW to answer.
template <class Read>
nvmlReturn_t get_limit(const char* function, nvmlDevice_t device, unsigned int* limit, Read read) {
  return device_call(function, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (limit == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *limit =
        driver.look(index, [&](const GpuTimeline& timeline, const GpuRecord& record, std::int64_t) {
          return static_cast<unsigned>(read(driver.scenario().gpus[index], timeline, record));
        });
    return NVML_SUCCESS;
  });
}

}  // namespace

nvmlReturn_t nvmlDeviceGetPersistenceMode(nvmlDevice_t device, nvmlEnableState_t* mode) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (mode == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const bool on = driver.look(index, [](const GpuTimeline&, const GpuRecord& record,
                                          std::int64_t) { return record.persistence_mode != 0; });
    *mode = on ? NVML_FEATURE_ENABLED : NVML_FEATURE_DISABLED;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceSetPersistenceMode(nvmlDevice_t device, nvmlEnableState_t mode) {
  return device_call(__func__, device, Cost::kWrite, [&](Driver& driver, unsigned index) {
    // A C program may pass any number.
    const auto number = static_cast<int>(mode);
    if (number != NVML_FEATURE_DISABLED && number != NVML_FEATURE_ENABLED) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    if (!driver.scenario().gpus[index].writable) return NVML_ERROR_NO_PERMISSION;
    driver.change(index, [&](GpuTimeline&, GpuRecord& record, std::int64_t) {
      record.persistence_mode = static_cast<unsigned>(number);
    });
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetPowerManagementMode(nvmlDevice_t device, nvmlEnableState_t* mode) {
  return device_call(__func__, device, Cost::kRead, [&](Driver&, unsigned) {
    if (mode == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *mode = NVML_FEATURE_ENABLED;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetPowerManagementLimit(nvmlDevice_t device, unsigned int* limit) {
  return get_limit(__func__, device, limit,
                   [](const GpuScenario&, const GpuTimeline&, const GpuRecord& record) {
                     return record.requested_mw;
                   });
}

nvmlReturn_t nvmlDeviceGetPowerManagementLimitConstraints(nvmlDevice_t device,
                                                          unsigned int* min_limit,
                                                          unsigned int* max_limit) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (min_limit == nullptr || max_limit == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *min_limit = static_cast<unsigned>(driver.scenario().gpus[index].min_limit_mw);
    *max_limit = static_cast<unsigned>(driver.scenario().gpus[index].max_limit_mw);
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetPowerManagementDefaultLimit(nvmlDevice_t device, unsigned int* limit) {
  return get_limit(__func__, device, limit,
                   [](const GpuScenario& gpu, const GpuTimeline&, const GpuRecord&) {
                     return gpu.default_limit_mw;
                   });
}

nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned int* limit) {
  return get_limit(__func__, device, limit,
                   [](const GpuScenario&, const GpuTimeline& timeline, const GpuRecord&) {
                     return timeline.enforced_mw();
                   });
}

nvmlReturn_t nvmlDeviceSetPowerManagementLimit(nvmlDevice_t device, unsigned int limit) {
  return device_call(__func__, device, Cost::kWrite, [&](Driver& driver, unsigned index) {
    const GpuScenario& gpu = driver.scenario().gpus[index];
    if (!gpu.writable) return NVML_ERROR_NO_PERMISSION;
    if (limit < gpu.min_limit_mw || limit > gpu.max_limit_mw) return NVML_ERROR_INVALID_ARGUMENT;
    driver.change(index, [&](GpuTimeline& timeline, GpuRecord&, std::int64_t now) {
      timeline.set_limit(now, limit);
    });
    return NVML_SUCCESS;
  });
}
