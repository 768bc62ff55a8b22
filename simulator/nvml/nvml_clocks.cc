// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"

using simulator::Cost;
using simulator::device_call;
using simulator::Driver;
using simulator::GpuModel;
using simulator::GpuRecord;
using simulator::GpuTimeline;

namespace {

nvmlReturn_t answer_list(std::span<const unsigned> clocks, unsigned int* count,
                         unsigned int* answer) {
  const std::size_t room = *count;
  *count = static_cast<unsigned>(clocks.size());
  if (room < clocks.size()) return NVML_ERROR_INSUFFICIENT_SIZE;
  if (answer == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  std::copy(clocks.begin(), clocks.end(), answer);
  return NVML_SUCCESS;
}

std::vector<unsigned> graphics_clocks(const GpuModel& model) {
  std::vector<unsigned> clocks;
  for (int i = 0; model.max_clock_mhz - i * model.clock_step_mhz >= model.min_clock_mhz; ++i) {
    clocks.push_back(static_cast<unsigned>(model.max_clock_mhz - i * model.clock_step_mhz));
  }
  return clocks;
}

template <class Change>
nvmlReturn_t change_clocks(const char* function, nvmlDevice_t device, unsigned first_architecture,
                           Change&& change) {
  return device_call(function, device, Cost::kWrite, [&](Driver& driver, unsigned index) {
    const simulator::GpuScenario& gpu = driver.scenario().gpus[index];
    if (gpu.model->architecture < first_architecture) return NVML_ERROR_NOT_SUPPORTED;
    if (!gpu.writable) return NVML_ERROR_NO_PERMISSION;
    driver.change(index, change);
    return NVML_SUCCESS;
  });
}

}  // namespace

nvmlReturn_t nvmlDeviceGetSupportedMemoryClocks(nvmlDevice_t device, unsigned int* count,
                                                unsigned int* clocks) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    return answer_list(driver.scenario().gpus[index].model->memory_clocks_mhz, count, clocks);
  });
}

nvmlReturn_t nvmlDeviceGetSupportedGraphicsClocks(nvmlDevice_t device, unsigned int memory_clock,
                                                  unsigned int* count, unsigned int* clocks) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (count == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    const GpuModel& model = *driver.scenario().gpus[index].model;
    const auto memory = model.memory_clocks_mhz;
    if (std::find(memory.begin(), memory.end(), memory_clock) == memory.end()) {
      return NVML_ERROR_NOT_FOUND;
    }
    return answer_list(graphics_clocks(model), count, clocks);
  });
}

nvmlReturn_t nvmlDeviceSetGpuLockedClocks(nvmlDevice_t device, unsigned int min_clock,
                                          unsigned int max_clock) {
  if (min_clock > max_clock || max_clock == 0) {
    return device_call(__func__, device, Cost::kRead,
                       [](Driver&, unsigned) { return NVML_ERROR_INVALID_ARGUMENT; });
  }
  return change_clocks(__func__, device, NVML_DEVICE_ARCH_VOLTA,
                       [&](GpuTimeline& timeline, GpuRecord&, std::int64_t now) {
                         timeline.lock_clocks(now, min_clock, max_clock);
                       });
}

nvmlReturn_t nvmlDeviceResetGpuLockedClocks(nvmlDevice_t device) {
  return change_clocks(
      __func__, device, NVML_DEVICE_ARCH_VOLTA,
      [](GpuTimeline& timeline, GpuRecord&, std::int64_t now) { timeline.lock_clocks(now, 0, 0); });
}

nvmlReturn_t nvmlDeviceSetMemoryLockedClocks(nvmlDevice_t device, unsigned int min_clock,
                                             unsigned int max_clock) {
  if (min_clock > max_clock || max_clock == 0) {
    return device_call(__func__, device, Cost::kRead,
                       [](Driver&, unsigned) { return NVML_ERROR_INVALID_ARGUMENT; });
  }
  return change_clocks(__func__, device, NVML_DEVICE_ARCH_AMPERE,
                       [&](GpuTimeline&, GpuRecord& record, std::int64_t) {
                         record.memory_locked_min_mhz = min_clock;
                         record.memory_locked_max_mhz = max_clock;
                       });
}

nvmlReturn_t nvmlDeviceResetMemoryLockedClocks(nvmlDevice_t device) {
  return change_clocks(__func__, device, NVML_DEVICE_ARCH_AMPERE,
                       [](GpuTimeline&, GpuRecord& record, std::int64_t) {
                         record.memory_locked_min_mhz = record.memory_locked_max_mhz = 0;
                       });
}
