// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the monitor's tests share: stub GPUs on a clock set by hand.
#pragma once

#include <memory>
#include <vector>

#include "tests/manual_clock.h"
#include "tests/stub_gpu.h"
#include "zeus/monitor/zeus_monitor.h"

namespace zeus::testing {

struct MonitorRig {
  explicit MonitorRig(int gpus = 1) : stub_gpus(gpus) { options.clock = clock; }

  [[nodiscard]] StubGpu& gpu(std::size_t i) const { return *stub_gpus.stubs.at(i); }

  // The counter of GPU `i` runs at `power` with the clock, without ticks.
  void run_counter(std::size_t i, Watts power) const {
    gpu(i).set_energy_source([clock = clock, power] { return power * clock->monotonic(); });
  }

  [[nodiscard]] ZeusMonitor monitor() const { return ZeusMonitor(stub_gpus.visible, options); }

  StubGpus stub_gpus;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(Seconds(128), Seconds(1.7e9));
  ZeusMonitorOptions options;
};

inline std::vector<Joules> energies(const Measurement& measurement) {
  std::vector<Joules> result;
  result.reserve(measurement.gpu_energy.size());
  for (const GpuEnergy& gpu : measurement.gpu_energy) result.push_back(gpu.energy);
  return result;
}

}  // namespace zeus::testing
