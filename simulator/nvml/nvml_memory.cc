// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"
#include "simulator/nvml/sensors.h"

using simulator::Cost;
using simulator::get;
using simulator::memory_use;
using simulator::MemoryUse;
using simulator::SimulatedGpu;

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory) {
  return get(__func__, device, Cost::kRead, memory, [](const SimulatedGpu& gpu) {
    const MemoryUse use = memory_use(gpu);
    return nvmlMemory_t{.total = use.total,
                        .free = use.total - use.reserved - use.used,
                        .used = use.reserved + use.used};
  });
}

nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory) {
  return simulator::device_call(__func__, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    if (memory == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (memory->version != nvmlMemory_v2) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    const MemoryUse use = memory_use(gpu);
    *memory = {.version = memory->version,
               .total = use.total,
               .reserved = use.reserved,
               .free = use.total - use.reserved - use.used,
               .used = use.used};
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetBAR1MemoryInfo(nvmlDevice_t device, nvmlBAR1Memory_t* memory) {
  return get(__func__, device, Cost::kRead, memory, [](const SimulatedGpu& gpu) {
    constexpr unsigned long long kMebibyte = 1ULL << 20U;
    const unsigned long long total = gpu.model().memory_mib.bar1 * kMebibyte;
    const unsigned long long used = 2 * kMebibyte;
    return nvmlBAR1Memory_t{.bar1Total = total, .bar1Free = total - used, .bar1Used = used};
  });
}

// No GPU here computes in confidence.
nvmlReturn_t nvmlDeviceGetConfComputeMemSizeInfo(nvmlDevice_t device,
                                                 nvmlConfComputeMemSizeInfo_t* memory) {
  return simulator::not_supported(__func__, device, Cost::kRead, memory);
}
