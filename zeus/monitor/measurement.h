// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a measurement window found.
#pragma once

#include <vector>

#include "zeus/units.h"

namespace zeus {

struct GpuEnergy {
  int index = 0;  // the framework's GPU index
  Joules energy;
  Joules uncertainty{};  // the energy's +-: about one tick of the counter, and what gaps left open
};

struct CpuPackageEnergy {
  int index = 0;  // the CPU package's number
  Joules energy;
};

struct Measurement {
  Seconds start_time;                           // Unix time of the window's begin
  Seconds time;                                 // the window's length, by the monotonic clock
  std::vector<GpuEnergy> gpu_energy;            // one a monitored GPU, in the monitor's order
  std::vector<CpuPackageEnergy> cpu_energy{};   // one a monitored CPU package
  std::vector<CpuPackageEnergy> dram_energy{};  // of those whose memory is measured, too

  // True when the window was shorter than an energy counter's period, so that a plain counter
  // reading says nothing (it may be zero). See ZeusMonitorOptions::approx_instant_energy.
  bool shorter_than_counter_period = false;

  // Energy of all GPUs.
  [[nodiscard]] Joules total_energy() const {
    Joules sum;
    for (const GpuEnergy& gpu : gpu_energy) sum += gpu.energy;
    return sum;
  }
};

}  // namespace zeus
