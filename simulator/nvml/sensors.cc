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

std::optional<std::uint64_t> read_energy_mj(const SimulatedGpu& gpu) {
  if (!gpu.scenario().has_energy_counter) return std::nullopt;
  return gpu.look([&](const Moment& at) {
    const std::int64_t begin = gpu.driver.begin_ns();
    return gpu.driver.faults().on_counter(
        gpu.index, at.now_ns - begin, at.timeline.counter_mj(at.now_ns),
        [&](std::int64_t passed_ns) { return at.timeline.counter_mj(begin + passed_ns); });
  });
}

unsigned read_power_mw(const SimulatedGpu& gpu, PowerSensor sensor) {
  const bool is_exact = gpu.scenario().tick_ns == 0;
  const bool averages = sensor == PowerSensor::kAverage;
  const SensorModel& model = averages ? gpu.model().average : gpu.model().sensor;
  const std::int64_t window = is_exact && !averages ? 0 : nanoseconds(model.window_ms);
  const std::int64_t period = is_exact ? 0 : nanoseconds(model.period_ms);
  const double watts = gpu.look([&](const Moment& at) {
    const std::int64_t when =
        at.timeline.last_renewal(at.now_ns, period, averages ? kAverageMoments : kSensorMoments);
    return at.timeline.mean_watts(when, window);
  });
  return static_cast<unsigned>(std::lround(watts * 1000));
}

int read_temperature(const SimulatedGpu& gpu) {
  return static_cast<int>(
      std::lround(gpu.look([](const Moment& at) { return at.timeline.celsius(at.now_ns); })));
}

unsigned read_utilization(const SimulatedGpu& gpu) {
  const double share = gpu.look([](const Moment& at) {
    return at.timeline.busy_s(at.now_ns) - at.timeline.busy_s(at.now_ns - kSecond);
  });
  return static_cast<unsigned>(std::lround(100 * std::clamp(share, 0.0, 1.0)));
}

MemoryUse memory_use(const SimulatedGpu& gpu) {
  MemoryUse use;
  use.total = static_cast<unsigned long long>(gpu.model().memory_mib.all) << 20U;
  use.reserved = use.total / 64;
  use.processes = gpu.look([](const Moment& at) { return at.record.clients; }).living();
  if (use.processes.empty()) return use;
  const auto wanted = static_cast<unsigned long long>(gpu.scenario().process_memory);
  use.per_process = std::min(wanted, (use.total - use.reserved) / use.processes.size());
  use.used = use.per_process * use.processes.size();
  return use;
}

}  // namespace simulator
