// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/sensors.h"

#include <algorithm>
#include <cmath>

namespace simulator {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// What is renewed at moments of its own; 0 is the energy counter.
constexpr unsigned kSensorMoments = 1;
constexpr unsigned kAverageMoments = 2;

std::int64_t nanoseconds(double ms) { return std::llround(ms * 1e6); }

}  // namespace

std::optional<std::uint64_t> read_energy_mj(Driver& driver, unsigned index) {
  if (!driver.scenario().gpus[index].has_energy_counter) return std::nullopt;
  return driver.look(index, [&](const GpuTimeline& timeline, const GpuRecord&, std::int64_t now) {
    return driver.faults().on_counter(
        index, now - driver.begin_ns(), timeline.counter_mj(now),
        [&](std::int64_t passed_ns) { return timeline.counter_mj(driver.begin_ns() + passed_ns); });
  });
}

unsigned read_power_mw(Driver& driver, unsigned index, PowerSensor sensor) {
  const GpuScenario& gpu = driver.scenario().gpus[index];
  const GpuModel& model = *gpu.model;
  const bool is_exact = gpu.tick_ns == 0;
  const bool averages = sensor == PowerSensor::kAverage;
  const std::int64_t window = nanoseconds(averages   ? model.average_window_ms
                                          : is_exact ? 0
                                                     : model.sensor_window_ms);
  const std::int64_t period =
      is_exact ? 0 : nanoseconds(averages ? model.average_period_ms : model.sensor_period_ms);
  const double watts =
      driver.look(index, [&](const GpuTimeline& timeline, const GpuRecord&, std::int64_t now) {
        const std::int64_t when =
            timeline.last_renewal(now, period, averages ? kAverageMoments : kSensorMoments);
        return timeline.mean_watts(when, window);
      });
  return static_cast<unsigned>(std::lround(watts * 1000));
}

int read_temperature(Driver& driver, unsigned index) {
  return static_cast<int>(
      std::lround(driver.look(index, [](const GpuTimeline& timeline, const GpuRecord&,
                                        std::int64_t now) { return timeline.celsius(now); })));
}

unsigned read_utilization(Driver& driver, unsigned index) {
  const double share =
      driver.look(index, [](const GpuTimeline& timeline, const GpuRecord&, std::int64_t now) {
        return timeline.busy_s(now) - timeline.busy_s(now - kSecond);
      });
  return static_cast<unsigned>(std::lround(100 * std::clamp(share, 0.0, 1.0)));
}

}  // namespace simulator
