// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/device_power.h"

#include <chrono>
#include <mutex>
#include <utility>

#include "zeus/daemon/server/daemon.h"
#include "zeus/error.h"

namespace zeus::daemon {
namespace {

using std::chrono::steady_clock;

struct CpuReading {
  CpuEnergy energy;
  steady_clock::time_point at;
};

struct CpuReadings {
  std::vector<VisibleCpu> cpus;
  std::mutex mutex;
  std::vector<std::optional<CpuReading>> last;
};

}  // namespace

Watts power_now(const Gpu& gpu) {
  return gpu.info().has.instant_power ? gpu.instant_power() : gpu.average_power();
}

ReadPower gpu_power_reader(std::vector<std::shared_ptr<Gpu>> gpus) {
  return [gpus = std::move(gpus)](std::size_t index) -> std::optional<PowerSample> {
    try {
      return PowerSample{.timestamp_ms = unix_ms(), .power = power_now(*gpus[index]), .dram = {}};
    } catch (const ZeusBaseError&) {
      return std::nullopt;  // the next one may be read
    }
  };
}

ReadPower cpu_power_reader(std::vector<VisibleCpu> cpus) {
  auto readings = std::make_shared<CpuReadings>();
  readings->last.resize(cpus.size());
  readings->cpus = std::move(cpus);
  return [readings](std::size_t index) -> std::optional<PowerSample> {
    try {
      const CpuReading now{readings->cpus[index].cpu->total_energy(), steady_clock::now()};
      std::optional<CpuReading> before;
      {
        const std::lock_guard lock(readings->mutex);
        before = std::exchange(readings->last[index], now);
      }
      // Nobody listened meanwhile: that mean is of another time.
      if (!before || now.at - before->at > std::chrono::seconds(1) || now.at <= before->at) {
        return std::nullopt;
      }
      const Seconds passed(std::chrono::duration<double>(now.at - before->at).count());
      PowerSample sample{.timestamp_ms = unix_ms(),
                         .power = (now.energy.package - before->energy.package) / passed,
                         .dram = {}};
      if (now.energy.dram && before->energy.dram) {
        sample.dram = (*now.energy.dram - *before->energy.dram) / passed;
      }
      return sample;
    } catch (const ZeusBaseError&) {
      return std::nullopt;
    }
  };
}

}  // namespace zeus::daemon
