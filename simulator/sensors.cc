// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/sensors.h"

#include <cmath>

namespace simulator {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr double kRoomCelsius = 28;
constexpr double kCelsiusPerWatt = 0.16;

}  // namespace

std::uint64_t read_energy_mj(Driver& driver, unsigned index) {
  const std::uint64_t energy =
      driver.look(index, [](const GpuTimeline& timeline, const GpuRecord&, std::int64_t now) {
        return timeline.counter_mj(now);
      });
  const std::uint64_t back = driver.faults().counter_back_mj(index);
  return energy > back ? energy - back : 0;
}

unsigned read_power_mw(Driver& driver, unsigned index, PowerSensor sensor) {
  const double watts =
      driver.look(index, [&](const GpuTimeline& timeline, const GpuRecord&, std::int64_t now) {
        return sensor == PowerSensor::kAverage ? timeline.mean_watts(now, kSecond)
                                               : timeline.watts(now);
      });
  return static_cast<unsigned>(std::lround(watts * 1000));
}

int read_temperature(Driver& driver, unsigned index) {
  const double watts =
      driver.look(index, [](const GpuTimeline& timeline, const GpuRecord&, std::int64_t now) {
        return timeline.mean_watts(now, 10 * kSecond);
      });
  return static_cast<int>(std::lround(kRoomCelsius + kCelsiusPerWatt * watts));
}

}  // namespace simulator
