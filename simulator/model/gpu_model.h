// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The GPUs that can be simulated: what NVML says of them and the constants of the power model
// (docs: README.md, "Physics"), fitted to measured tables or, where there is none, extrapolated.
#pragma once

#include <span>
#include <string_view>

namespace simulator {

struct GpuModel {
  std::string_view key;   // what a scenario calls it: "V100"
  std::string_view name;  // what NVML calls it
  unsigned architecture;  // NVML_DEVICE_ARCH_…
  unsigned pci_device_id;
  unsigned compute_major;  // CUDA compute capability
  unsigned compute_minor;
  bool is_extrapolated;  // no table measured on it is public: the power model is a guess
  bool has_energy_counter;
  double tick_ms;  // how often the energy counter moves

  // How often the power sensor shows something new, and the mean over how long that is.
  double sensor_period_ms;
  double sensor_window_ms;
  // The same of the averaging sensor: field 185, and what GetPowerUsage shows. 0: there is none.
  double average_period_ms;
  double average_window_ms;

  double min_limit_w;
  double max_limit_w;
  double default_limit_w;

  // Busy power is static_w + A phi V^2 with V = max(min_voltage, 1 - voltage_slope (1 - phi)), phi
  // the clock relative to its maximum, at least min_phi; the cap holds to limit_overshoot x limit.
  double static_w;
  double idle_w;
  double min_voltage;
  double voltage_slope;
  double limit_overshoot;
  double min_phi;

  std::span<const unsigned> memory_clocks_mhz;  // highest first
  double max_clock_mhz;
  double min_clock_mhz;
  double clock_step_mhz;

  unsigned memory_mib;
  unsigned bar1_mib;
  unsigned pcie_generation;
  bool has_mig;
  bool has_fan;
  bool has_display;
  unsigned slowdown_celsius;  // where the hardware slows down
  unsigned shutdown_celsius;

  [[nodiscard]] bool averages_power() const { return average_window_ms > 0; }
};

[[nodiscard]] std::span<const GpuModel> gpu_models();

// nullptr when there is no model of that key.
[[nodiscard]] const GpuModel* find_gpu_model(std::string_view key);

}  // namespace simulator
