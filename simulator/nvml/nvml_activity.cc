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

// In MHz, of the cores; memory's is its highest.
unsigned max_clock(const SimulatedGpu& gpu, int type) {
  if (type == NVML_CLOCK_MEM) return gpu.model().memory_clocks_mhz.front();
  return static_cast<unsigned>(std::lround(gpu.model().clock_mhz.max));
}
unsigned clock_now(const SimulatedGpu& gpu, int type) {
  if (type == NVML_CLOCK_MEM) return max_clock(gpu, type);
  const double share = gpu.look([](const Moment& at) { return at.timeline.clock(at.now_ns); });
  return static_cast<unsigned>(std::lround(gpu.model().clock_mhz.max * share));
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

NVML_WITH_TWO(nvmlDeviceGetClockInfo, get_one_of<Cost::kRead>, NVML_CLOCK_VIDEO, clock_now)
NVML_WITH_TWO(nvmlDeviceGetMaxClockInfo, get_one_of<Cost::kRead>, NVML_CLOCK_VIDEO, max_clock)

NVML_WITH_ONE(nvmlDeviceGetCurrentClocksEventReasons, get<Cost::kRead>, reasons_of)
NVML_WITH_ONE(nvmlDeviceGetCurrentClocksThrottleReasons, get<Cost::kRead>, reasons_of)
NVML_WITH_ONE(nvmlDeviceGetSupportedClocksEventReasons, get<Cost::kNone>, always(kSupportedReasons))
NVML_WITH_ONE(nvmlDeviceGetSupportedClocksThrottleReasons, get<Cost::kNone>,
              always(kSupportedReasons))
