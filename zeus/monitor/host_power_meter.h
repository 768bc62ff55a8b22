// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a host draws beside its GPUs, as far as it can be measured: its CPU packages and their
// memory (RAPL). Fans, disks and the power supply's losses are not in it.
//
//     auto meter = std::make_shared<zeus::HostPowerMeter>(machine.cpus(),
//                                                         machine.all_gpus().size());
//     zeus::GlobalPowerLimitOptimizerOptions options;
//     options.host_power_meter = meter;
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "zeus/clock.h"
#include "zeus/device/cpu.h"
#include "zeus/units.h"

namespace zeus {

class EnergyReader;

class HostPowerMeter {
 public:
  /// `gpu_count`: all GPUs of the host, which share its draw. Throws ZeusValueError where there is
  /// no CPU or no GPU, ZeusBaseCPUError where a counter can't be read.
  HostPowerMeter(const std::vector<VisibleCpu>& cpus, std::size_t gpu_count,
                 std::shared_ptr<Clock> clock = system_clock());
  HostPowerMeter(const HostPowerMeter&) = delete;
  HostPowerMeter& operator=(const HostPowerMeter&) = delete;
  ~HostPowerMeter();

  /// The mean draw since the construction, in W per GPU; in the first tenth of a second it waits
  /// until that is over. Where a counter can't be read, the figure of the last time, and a warning.
  [[nodiscard]] Watts per_gpu();

 private:
  [[nodiscard]] Joules read();

  std::vector<std::unique_ptr<EnergyReader>> readers_;
  double gpu_count_;
  std::shared_ptr<Clock> clock_;
  Seconds began_at_;
  Joules at_begin_;
  Watts last_{};
};

}  // namespace zeus
