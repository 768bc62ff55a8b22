// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using namespace simulator;  // NOLINT(google-build-using-namespace)

namespace {

nvmlReturn_t answer_list(std::span<const unsigned> clocks, unsigned* count, unsigned* answer) {
  const std::size_t room = *count;
  *count = static_cast<unsigned>(clocks.size());
  if (room < clocks.size()) return NVML_ERROR_INSUFFICIENT_SIZE;
  if (answer == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  std::copy(clocks.begin(), clocks.end(), answer);
  return NVML_SUCCESS;
}

std::vector<unsigned> graphics_clocks(const GpuModel& model) {
  std::vector<unsigned> clocks;
  for (int i = 0; model.clock_mhz.max - i * model.clock_mhz.step >= model.clock_mhz.min; ++i) {
    clocks.push_back(static_cast<unsigned>(model.clock_mhz.max - i * model.clock_mhz.step));
  }
  return clocks;
}

using Lock = void(Moment& at, unsigned min_mhz, unsigned max_mhz);

void lock_gpu_clocks(Moment& at, unsigned min_mhz, unsigned max_mhz) {
  at.timeline.lock_clocks(at.now_ns, min_mhz, max_mhz);
}
void lock_memory_clocks(Moment& at, unsigned min_mhz, unsigned max_mhz) {
  at.record.memory_locked_min_mhz = min_mhz;
  at.record.memory_locked_max_mhz = max_mhz;
}

// From 0 to 0: not locked.
nvmlReturn_t change_lock(const char* function, nvmlDevice_t device, unsigned min_mhz,
                         unsigned max_mhz, unsigned first_architecture, Lock lock) {
  return device_call(function, device, Cost::kWrite, [&](const SimulatedGpu& gpu) {
    if (gpu.model().architecture < first_architecture) return NVML_ERROR_NOT_SUPPORTED;
    if (!gpu.scenario().writable) return NVML_ERROR_NO_PERMISSION;
    gpu.change([&](Moment& at) { lock(at, min_mhz, max_mhz); });
    return NVML_SUCCESS;
  });
}

nvmlReturn_t set_lock(const char* function, nvmlDevice_t device, unsigned min_mhz, unsigned max_mhz,
                      unsigned first_architecture, Lock lock) {
  if (min_mhz > max_mhz || max_mhz == 0) {
    return device_call(function, device, Cost::kRead,
                       [](const SimulatedGpu&) { return NVML_ERROR_INVALID_ARGUMENT; });
  }
  return change_lock(function, device, min_mhz, max_mhz, first_architecture, lock);
}

}  // namespace

nvmlReturn_t nvmlDeviceGetSupportedMemoryClocks(nvmlDevice_t device, unsigned* count,
                                                unsigned* clocks) {
  return device_call(__func__, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    return answer_list(gpu.model().memory_clocks_mhz, count, clocks);
  });
}

nvmlReturn_t nvmlDeviceGetSupportedGraphicsClocks(nvmlDevice_t device, unsigned memory_clock,
                                                  unsigned* count, unsigned* clocks) {
  return device_call(__func__, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const auto memory = gpu.model().memory_clocks_mhz;
    if (std::ranges::find(memory, memory_clock) == memory.end()) return NVML_ERROR_NOT_FOUND;
    return answer_list(graphics_clocks(gpu.model()), count, clocks);
  });
}

NVML_WITH_TWO(nvmlDeviceSetGpuLockedClocks, set_lock, NVML_DEVICE_ARCH_VOLTA, lock_gpu_clocks)
NVML_WITH_TWO(nvmlDeviceSetMemoryLockedClocks, set_lock, NVML_DEVICE_ARCH_AMPERE,
              lock_memory_clocks)

nvmlReturn_t nvmlDeviceResetGpuLockedClocks(nvmlDevice_t device) {
  return change_lock(__func__, device, 0, 0, NVML_DEVICE_ARCH_VOLTA, lock_gpu_clocks);
}
nvmlReturn_t nvmlDeviceResetMemoryLockedClocks(nvmlDevice_t device) {
  return change_lock(__func__, device, 0, 0, NVML_DEVICE_ARCH_AMPERE, lock_memory_clocks);
}
