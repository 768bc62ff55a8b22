// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "simulator/nvml/memory_use.h"
#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using simulator::Cost;
using simulator::device_call;
using simulator::Driver;
using simulator::memory_use;
using simulator::MemoryUse;

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (memory == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const MemoryUse use = memory_use(driver, index);
    *memory = {.total = use.total,
               .free = use.total - use.reserved - use.used,
               .used = use.reserved + use.used};
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (memory == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (memory->version != nvmlMemory_v2) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    const MemoryUse use = memory_use(driver, index);
    *memory = {.version = memory->version,
               .total = use.total,
               .reserved = use.reserved,
               .free = use.total - use.reserved - use.used,
               .used = use.used};
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetBAR1MemoryInfo(nvmlDevice_t device, nvmlBAR1Memory_t* memory) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (memory == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    constexpr unsigned long long kMebibyte = 1ULL << 20U;
    const unsigned long long total = driver.scenario().gpus[index].model->bar1_mib * kMebibyte;
    const unsigned long long used = 2 * kMebibyte;
    *memory = {.bar1Total = total, .bar1Free = total - used, .bar1Used = used};
    return NVML_SUCCESS;
  });
}

// No GPU here computes in confidence.
nvmlReturn_t nvmlDeviceGetConfComputeMemSizeInfo(nvmlDevice_t device,
                                                 nvmlConfComputeMemSizeInfo_t* memory) {
  return device_call(__func__, device, Cost::kRead, [&](Driver&, unsigned) {
    return memory == nullptr ? NVML_ERROR_INVALID_ARGUMENT : NVML_ERROR_NOT_SUPPORTED;
  });
}
