// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The memory of a GPU and the processes on it: those that step are its compute processes. There are
// none of graphics.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"
#include "simulator/nvml/sensors.h"

using namespace simulator;  // NOLINT(google-build-using-namespace)

namespace {

nvmlMemory_t memory_of(const SimulatedGpu& gpu) {
  const MemoryUse use = memory_use(gpu);
  return {.total = use.total,
          .free = use.total - use.reserved - use.used,
          .used = use.reserved + use.used};
}

nvmlBAR1Memory_t bar1_of(const SimulatedGpu& gpu) {
  constexpr unsigned long long kMebibyte = 1ULL << 20U;
  const unsigned long long total = gpu.model().memory_mib.bar1 * kMebibyte;
  const unsigned long long used = 2 * kMebibyte;
  return {.bar1Total = total, .bar1Free = total - used, .bar1Used = used};
}

template <class Info>
Info info_of(std::int32_t pid, unsigned long long memory) {
  Info info{};
  info.pid = static_cast<unsigned>(pid);
  info.usedGpuMemory = memory;
  if constexpr (requires { info.gpuInstanceId; }) {
    constexpr unsigned kNoInstance = 0xFFFFFFFF;
    info.gpuInstanceId = info.computeInstanceId = kNoInstance;
  }
  return info;
}

template <class Info>
nvmlReturn_t answer_processes(const MemoryUse& use, unsigned* count, Info* processes) {
  const std::size_t room = processes == nullptr ? 0 : *count;
  *count = static_cast<unsigned>(use.processes.size());
  if (room < use.processes.size()) return NVML_ERROR_INSUFFICIENT_SIZE;
  std::ranges::transform(use.processes, processes,
                         [&](std::int32_t pid) { return info_of<Info>(pid, use.per_process); });
  return NVML_SUCCESS;
}

// get_use(SimulatedGpu) says which processes there are.
template <class Info, class GetUse>
nvmlReturn_t get_processes(const char* function, nvmlDevice_t device, unsigned* count,
                           Info* processes, GetUse&& get_use) {
  return device_call(function, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    if (count == nullptr || (*count > 0 && processes == nullptr)) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    return answer_processes(get_use(gpu), count, processes);
  });
}

MemoryUse no_use(const SimulatedGpu&) { return {}; }

}  // namespace

NVML_WITH_ONE(nvmlDeviceGetMemoryInfo, get<Cost::kRead>, memory_of)
NVML_WITH_ONE(nvmlDeviceGetBAR1MemoryInfo, get<Cost::kRead>, bar1_of)
// No GPU here computes in confidence.
NVML_WITH_ONE(nvmlDeviceGetConfComputeMemSizeInfo, not_supported<Cost::kRead>)

nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory) {
  return device_call(__func__, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
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

nvmlReturn_t nvmlSystemGetProcessName(unsigned pid, char* name, unsigned length) {
  return system_call(__func__, [&](Driver&) {
    if (name == nullptr || length == 0) return NVML_ERROR_INVALID_ARGUMENT;
    std::ifstream in("/proc/" + std::to_string(pid) + "/cmdline");
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (text.empty()) return NVML_ERROR_NOT_FOUND;
    text.resize(text.find('\0'));
    return copy_text(text.substr(0, length - 1), name, length);
  });
}

NVML_WITH_TWO(nvmlDeviceGetComputeRunningProcesses, get_processes, memory_use)
NVML_WITH_TWO(nvmlDeviceGetComputeRunningProcesses_v2, get_processes, memory_use)
NVML_WITH_TWO(nvmlDeviceGetComputeRunningProcesses_v3, get_processes, memory_use)
NVML_WITH_TWO(nvmlDeviceGetGraphicsRunningProcesses, get_processes, no_use)
NVML_WITH_TWO(nvmlDeviceGetGraphicsRunningProcesses_v2, get_processes, no_use)
NVML_WITH_TWO(nvmlDeviceGetGraphicsRunningProcesses_v3, get_processes, no_use)
NVML_WITH_TWO(nvmlDeviceGetMPSComputeRunningProcesses, get_processes, no_use)
NVML_WITH_TWO(nvmlDeviceGetMPSComputeRunningProcesses_v2, get_processes, no_use)
NVML_WITH_TWO(nvmlDeviceGetMPSComputeRunningProcesses_v3, get_processes, no_use)

nvmlReturn_t nvmlDeviceGetRunningProcessDetailList(nvmlDevice_t device,
                                                   nvmlProcessDetailList_t* list) {
  return device_call(__func__, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    if (list == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (list->version != nvmlProcessDetailList_v1) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    if (list->mode > NVML_PROCESS_MODE_ALL) return NVML_ERROR_INVALID_ARGUMENT;
    if (list->mode == NVML_PROCESS_MODE_GRAPHICS || list->mode == NVML_PROCESS_MODE_MPS) {
      list->numProcArrayEntries = 0;
      return NVML_SUCCESS;
    }
    return answer_processes(memory_use(gpu), &list->numProcArrayEntries, list->procArray);
  });
}

nvmlReturn_t nvmlDeviceGetProcessUtilization(nvmlDevice_t device,
                                             nvmlProcessUtilizationSample_t* samples,
                                             unsigned* count, unsigned long long last_seen) {
  return device_call(__func__, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const MemoryUse use = memory_use(gpu);
    const std::size_t room = samples == nullptr ? 0 : *count;
    // The real one asks for room even where there is nothing to tell.
    if (room < std::max<std::size_t>(1, use.processes.size())) {
      *count = static_cast<unsigned>(std::max<std::size_t>(1, use.processes.size()));
      return NVML_ERROR_INSUFFICIENT_SIZE;
    }
    const auto now_us = static_cast<unsigned long long>(gpu.driver.unix_ns() / 1000);
    *count = 0;
    if (use.processes.empty() || now_us <= last_seen) return NVML_ERROR_NOT_FOUND;
    const unsigned share = read_utilization(gpu) / static_cast<unsigned>(use.processes.size());
    for (const std::int32_t pid : use.processes) {
      samples[(*count)++] = {.pid = static_cast<unsigned>(pid),
                             .timeStamp = now_us,
                             .smUtil = share,
                             .memUtil = share / 2,
                             .encUtil = 0,
                             .decUtil = 0};
    }
    return NVML_SUCCESS;
  });
}
