// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a GPU is doing: utilization, clocks, and why these are not higher.
#include <cmath>
#include <utility>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"
#include "simulator/nvml/sensors.h"

using simulator::Cost;
using simulator::get;
using simulator::Moment;
using simulator::read_utilization;
using simulator::SimulatedGpu;

namespace {

nvmlReturn_t get_video_utilization(const char* function, nvmlDevice_t device, unsigned* percent,
                                   unsigned* period_us) {
  return get(function, device, Cost::kRead, percent, period_us, [](const SimulatedGpu&) {
    constexpr unsigned kSamplingPeriodUs = 167'000;
    return std::pair(0, kSamplingPeriodUs);  // the video engines rest
  });
}

// Boards for computing stay in the highest state.
nvmlPstates_t state_of(const SimulatedGpu& gpu) {
  const bool rests = gpu.model().has_display && read_utilization(gpu) == 0;
  return rests ? NVML_PSTATE_8 : NVML_PSTATE_0;
}

// clock(SimulatedGpu) in MHz, for the cores; memory's is its highest.
template <class Clock>
nvmlReturn_t get_clock(const char* function, nvmlDevice_t device, nvmlClockType_t type,
                       unsigned* answer, Clock clock) {
  return simulator::device_call(function, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    const auto which = static_cast<int>(type);
    if (answer == nullptr || which < 0 || which > NVML_CLOCK_VIDEO) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    *answer = type == NVML_CLOCK_MEM ? gpu.model().memory_clocks_mhz.front()
                                     : static_cast<unsigned>(std::lround(clock(gpu)));
    return NVML_SUCCESS;
  });
}

unsigned long long reasons_of(const SimulatedGpu& gpu) {
  return gpu.look([&](const Moment& at) -> unsigned long long {
    const unsigned long long ordered =
        gpu.driver.faults().event_reasons(gpu.index, at.now_ns - gpu.driver.begin_ns());
    if (!at.timeline.is_busy(at.now_ns)) return ordered | nvmlClocksEventReasonGpuIdle;
    if (at.timeline.is_capped(at.now_ns)) return ordered | nvmlClocksEventReasonSwPowerCap;
    const bool locked = at.record.locked_max_mhz != 0;
    return locked ? ordered | nvmlClocksEventReasonApplicationsClocksSetting : ordered;
  });
}

unsigned long long supported_reasons(const SimulatedGpu&) {
  return nvmlClocksEventReasonGpuIdle | nvmlClocksEventReasonApplicationsClocksSetting |
         nvmlClocksEventReasonSwPowerCap | nvmlClocksThrottleReasonHwSlowdown |
         nvmlClocksEventReasonSwThermalSlowdown | nvmlClocksThrottleReasonHwThermalSlowdown |
         nvmlClocksThrottleReasonHwPowerBrakeSlowdown;
}

}  // namespace

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* utilization) {
  return get(__func__, device, Cost::kRead, utilization, [](const SimulatedGpu& gpu) {
    const unsigned share = read_utilization(gpu);
    return nvmlUtilization_t{.gpu = share, .memory = share / 2};
  });
}

nvmlReturn_t nvmlDeviceGetEncoderUtilization(nvmlDevice_t device, unsigned* percent,
                                             unsigned* period_us) {
  return get_video_utilization(__func__, device, percent, period_us);
}
nvmlReturn_t nvmlDeviceGetDecoderUtilization(nvmlDevice_t device, unsigned* percent,
                                             unsigned* period_us) {
  return get_video_utilization(__func__, device, percent, period_us);
}

nvmlReturn_t nvmlDeviceGetPerformanceState(nvmlDevice_t device, nvmlPstates_t* state) {
  return get(__func__, device, Cost::kRead, state, state_of);
}
nvmlReturn_t nvmlDeviceGetPowerState(nvmlDevice_t device, nvmlPstates_t* state) {
  return get(__func__, device, Cost::kRead, state, state_of);
}

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned* clock) {
  return get_clock(__func__, device, type, clock, [](const SimulatedGpu& gpu) {
    return gpu.model().clock_mhz.max *
           gpu.look([](const Moment& at) { return at.timeline.clock(at.now_ns); });
  });
}
nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned* clock) {
  return get_clock(__func__, device, type, clock,
                   [](const SimulatedGpu& gpu) { return gpu.model().clock_mhz.max; });
}

nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t device,
                                                    unsigned long long* reasons) {
  return get(__func__, device, Cost::kRead, reasons, reasons_of);
}
nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device,
                                                       unsigned long long* reasons) {
  return get(__func__, device, Cost::kRead, reasons, reasons_of);
}
nvmlReturn_t nvmlDeviceGetSupportedClocksEventReasons(nvmlDevice_t device,
                                                      unsigned long long* reasons) {
  return get(__func__, device, Cost::kNone, reasons, supported_reasons);
}
nvmlReturn_t nvmlDeviceGetSupportedClocksThrottleReasons(nvmlDevice_t device,
                                                         unsigned long long* reasons) {
  return get(__func__, device, Cost::kNone, reasons, supported_reasons);
}
