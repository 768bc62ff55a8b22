// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus check`: what this machine's sensors are worth. Reads only; no limit is written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/monitor/sensor_trace.h"

namespace zeus::apps {

// One sensor of one GPU.
struct SensorReport {
  std::size_t readings = 0;
  std::size_t failed = 0;
  std::string problem;  // the first failure
  std::optional<CallTimes> calls;
  std::optional<SensorTicks> ticks;
  std::optional<PowerSensorFit> fit;         // of a power sensor
  std::optional<double> counter_over_power;  // of a power sensor
};

struct CheckedClocks {
  unsigned lowest_mhz = 0;
  unsigned highest_mhz = 0;
  std::size_t count = 0;
};

struct CheckedGpu {
  int index = 0;
  GpuInfo info;
  // Nothing where the GPU doesn't have it.
  std::optional<SensorReport> counter;
  std::optional<SensorReport> instant_power;
  std::optional<SensorReport> average_power;
  std::optional<ShortestWindow> window;  // for 1 %
  std::optional<PowerLimitRange> settable;
  std::optional<Watts> limit;
  std::optional<CheckedClocks> clocks;  // of the processors, that a driver lets one lock
};

struct CheckReport {
  std::string driver_version;
  bool is_simulated = false;
  bool may_set_limits = false;
  std::string daemon;  // the socket of the one that sets limits; empty: none does
  Seconds time{};      // of reading
  std::vector<CheckedGpu> gpus;
  std::vector<std::string> findings;
};

[[nodiscard]] std::string check_text(const CheckReport& report, bool colours);
[[nodiscard]] std::string to_json(const CheckReport& report);

}  // namespace zeus::apps
