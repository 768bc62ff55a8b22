// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a GPU is doing: utilization, clocks, and why these are not higher.
#include <cmath>
#include <utility>

#include "simulator/nvml/nvml_abi.h"
#include "simulator/nvml/nvml_call.h"
#include "simulator/nvml/sensors.h"

using namespace simulator;  // NOLINT(google-build-using-namespace)

namespace {

// The video engines rest.
constexpr std::pair kVideoUtilization{0, 167'000};  // in percent; the sampling period in us

// Boards for computing stay in the highest state.
nvmlPstates_t state_of(const SimulatedGpu& gpu) {
  const bool rests = gpu.model().has_display && read_utilization(gpu) == 0;
  return rests ? NVML_PSTATE_8 : NVML_PSTATE_0;
}

nvmlUtilization_t utilization_of(const SimulatedGpu& gpu) {
  const unsigned share = read_utilization(gpu);
  return {.gpu = share, .memory = share / 2};
}

// clock(SimulatedGpu) in MHz, for the cores; memory's is its highest.
template <class Clock>
nvmlReturn_t get_clock(const char* function, nvmlDevice_t device, nvmlClockType_t type,
                       unsigned* answer, Clock clock) {
  return device_call(function, device, Cost::kRead, [&](const SimulatedGpu& gpu) {
    const auto which = static_cast<int>(type);
    if (answer == nullptr || which < 0 || which > NVML_CLOCK_VIDEO) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    *answer = type == NVML_CLOCK_MEM ? gpu.model().memory_clocks_mhz.front()
                                     : static_cast<unsigned>(std::lround(clock(gpu)));
    return NVML_SUCCESS;
  });
}

double max_clock(const SimulatedGpu& gpu) { return gpu.model().clock_mhz.max; }
double clock_now(const SimulatedGpu& gpu) {
  return max_clock(gpu) * gpu.look([](const Moment& at) { return at.timeline.clock(at.now_ns); });
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

constexpr unsigned long long kSupportedReasons =
    nvmlClocksEventReasonGpuIdle | nvmlClocksEventReasonApplicationsClocksSetting |
    nvmlClocksEventReasonSwPowerCap | nvmlClocksThrottleReasonHwSlowdown |
    nvmlClocksEventReasonSwThermalSlowdown | nvmlClocksThrottleReasonHwThermalSlowdown |
    nvmlClocksThrottleReasonHwPowerBrakeSlowdown;

}  // namespace

NVML_WITH_ONE(nvmlDeviceGetUtilizationRates, get<Cost::kRead>, utilization_of)
NVML_WITH_TWO(nvmlDeviceGetEncoderUtilization, get<Cost::kRead>, always(kVideoUtilization))
NVML_WITH_TWO(nvmlDeviceGetDecoderUtilization, get<Cost::kRead>, always(kVideoUtilization))

NVML_WITH_ONE(nvmlDeviceGetPerformanceState, get<Cost::kRead>, state_of)
NVML_WITH_ONE(nvmlDeviceGetPowerState, get<Cost::kRead>, state_of)

NVML_WITH_TWO(nvmlDeviceGetClockInfo, get_clock, clock_now)
NVML_WITH_TWO(nvmlDeviceGetMaxClockInfo, get_clock, max_clock)

NVML_WITH_ONE(nvmlDeviceGetCurrentClocksEventReasons, get<Cost::kRead>, reasons_of)
NVML_WITH_ONE(nvmlDeviceGetCurrentClocksThrottleReasons, get<Cost::kRead>, reasons_of)
NVML_WITH_ONE(nvmlDeviceGetSupportedClocksEventReasons, get<Cost::kNone>, always(kSupportedReasons))
NVML_WITH_ONE(nvmlDeviceGetSupportedClocksThrottleReasons, get<Cost::kNone>,
              always(kSupportedReasons))
