// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a GPU is doing: utilization, clocks, and why these are not higher.
#include <cmath>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"
#include "simulator/nvml/sensors.h"

using simulator::Cost;
using simulator::device_call;
using simulator::Driver;
using simulator::GpuModel;
using simulator::GpuRecord;
using simulator::GpuTimeline;

namespace {

constexpr unsigned kSamplingPeriodUs = 167'000;

// The video engines rest.
nvmlReturn_t get_video_utilization(const char* function, nvmlDevice_t device, unsigned* percent,
                                   unsigned* period_us) {
  return device_call(function, device, Cost::kRead, [&](Driver&, unsigned) {
    if (percent == nullptr || period_us == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *percent = 0;
    *period_us = kSamplingPeriodUs;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t get_state(const char* function, nvmlDevice_t device, nvmlPstates_t* state) {
  return device_call(function, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (state == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    // Boards for computing stay in the highest state.
    const bool rests = driver.scenario().gpus[index].model->has_display &&
                       simulator::read_utilization(driver, index) == 0;
    *state = rests ? NVML_PSTATE_8 : NVML_PSTATE_0;
    return NVML_SUCCESS;
  });
}

// clock(GpuModel, relative clock of the cores) in MHz, for the cores; memory's is its highest.
template <class Clock>
nvmlReturn_t get_clock(const char* function, nvmlDevice_t device, nvmlClockType_t type,
                       unsigned* answer, Clock clock) {
  return device_call(function, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    const auto which = static_cast<int>(type);
    if (answer == nullptr || which < 0 || which > NVML_CLOCK_VIDEO) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    const GpuModel& model = *driver.scenario().gpus[index].model;
    const double relative =
        driver.look(index, [](const GpuTimeline& timeline, const GpuRecord&, std::int64_t now) {
          return timeline.clock(now);
        });
    *answer = type == NVML_CLOCK_MEM ? model.memory_clocks_mhz.front()
                                     : static_cast<unsigned>(std::lround(clock(model, relative)));
    return NVML_SUCCESS;
  });
}

nvmlReturn_t get_reasons(const char* function, nvmlDevice_t device, unsigned long long* reasons) {
  return device_call(function, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (reasons == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *reasons = driver.look(
        index,
        [&](const GpuTimeline& timeline, const GpuRecord& record,
            std::int64_t now) -> unsigned long long {
          const unsigned long long ordered =
              driver.faults().event_reasons(index, now - driver.begin_ns());
          if (!timeline.is_busy(now)) return ordered | nvmlClocksEventReasonGpuIdle;
          if (timeline.is_capped(now)) return ordered | nvmlClocksEventReasonSwPowerCap;
          const bool locked = record.locked_max_mhz != 0;
          return locked ? ordered | nvmlClocksEventReasonApplicationsClocksSetting : ordered;
        });
    return NVML_SUCCESS;
  });
}

nvmlReturn_t get_supported_reasons(const char* function, nvmlDevice_t device,
                                   unsigned long long* reasons) {
  return device_call(function, device, Cost::kNone, [&](Driver&, unsigned) {
    if (reasons == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *reasons = nvmlClocksEventReasonGpuIdle | nvmlClocksEventReasonApplicationsClocksSetting |
               nvmlClocksEventReasonSwPowerCap | nvmlClocksThrottleReasonHwSlowdown |
               nvmlClocksEventReasonSwThermalSlowdown | nvmlClocksThrottleReasonHwThermalSlowdown |
               nvmlClocksThrottleReasonHwPowerBrakeSlowdown;
    return NVML_SUCCESS;
  });
}

}  // namespace

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* utilization) {
  return device_call(__func__, device, Cost::kRead, [&](Driver& driver, unsigned index) {
    if (utilization == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    utilization->gpu = simulator::read_utilization(driver, index);
    utilization->memory = utilization->gpu / 2;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetEncoderUtilization(nvmlDevice_t device, unsigned int* percent,
                                             unsigned int* period_us) {
  return get_video_utilization(__func__, device, percent, period_us);
}
nvmlReturn_t nvmlDeviceGetDecoderUtilization(nvmlDevice_t device, unsigned int* percent,
                                             unsigned int* period_us) {
  return get_video_utilization(__func__, device, percent, period_us);
}

nvmlReturn_t nvmlDeviceGetPerformanceState(nvmlDevice_t device, nvmlPstates_t* state) {
  return get_state(__func__, device, state);
}
nvmlReturn_t nvmlDeviceGetPowerState(nvmlDevice_t device, nvmlPstates_t* state) {
  return get_state(__func__, device, state);
}

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, nvmlClockType_t type,
                                    unsigned int* clock) {
  return get_clock(__func__, device, type, clock, [](const GpuModel& model, double relative) {
    return model.max_clock_mhz * relative;
  });
}
nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, nvmlClockType_t type,
                                       unsigned int* clock) {
  return get_clock(__func__, device, type, clock,
                   [](const GpuModel& model, double) { return model.max_clock_mhz; });
}

nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t device,
                                                    unsigned long long* reasons) {
  return get_reasons(__func__, device, reasons);
}
nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device,
                                                       unsigned long long* reasons) {
  return get_reasons(__func__, device, reasons);
}
nvmlReturn_t nvmlDeviceGetSupportedClocksEventReasons(nvmlDevice_t device,
                                                      unsigned long long* reasons) {
  return get_supported_reasons(__func__, device, reasons);
}
nvmlReturn_t nvmlDeviceGetSupportedClocksThrottleReasons(nvmlDevice_t device,
                                                         unsigned long long* reasons) {
  return get_supported_reasons(__func__, device, reasons);
}
