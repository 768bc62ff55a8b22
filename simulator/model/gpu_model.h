// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The GPUs that can be simulated: what NVML says of them and the constants of the power model
// (docs: README.md, "Physics"), fitted to measured tables or, where there is none, extrapolated.
#pragma once

#include <span>
#include <string_view>

namespace simulator {

// In one simulated machine.
inline constexpr unsigned kMaxGpus = 16;

// How often a power sensor shows something new, and the mean over how long that is.
struct SensorModel {
  double period_ms = 0;
  double window_ms = 0;
};

struct GpuModel {
  std::string_view key;   // what a scenario calls it: "V100"
  std::string_view name;  // what NVML calls it
  unsigned architecture;  // NVML_DEVICE_ARCH_…
  unsigned pci_device_id;
  struct {
    unsigned major;
    unsigned minor;
  } compute;                     // CUDA compute capability
  bool is_extrapolated = false;  // no table measured on it is public: the power model is a guess
  bool has_energy_counter = true;
  double tick_ms;  // how often the energy counter moves
  SensorModel sensor;
  SensorModel average = {};  // of field 185, and of GetPowerUsage where there is one

  struct {
    double min;
    double max;  // the default limit too
  } limit_w;

  // Busy power is draw_w.fixed + A phi V^2 with V = max(voltage.min, 1 - voltage.slope (1 - phi)),
  // phi the clock relative to its maximum, at least min_phi; the cap holds to limit_overshoot x
  // limit.
  struct {
    double fixed;
    double idle;
  } draw_w;
  struct {
    double min;
    double slope;
  } voltage;
  double limit_overshoot;
  double min_phi;

  std::span<const unsigned> memory_clocks_mhz;  // highest first
  struct {
    double min;
    double max;
    double step;
  } clock_mhz;

  struct {
    unsigned all;
    unsigned bar1;
  } memory_mib;
  unsigned pcie_generation;
  bool has_mig = false;
  bool has_fan = false;
  bool has_display = false;
  struct {
    unsigned slowdown;  // where the hardware slows down
    unsigned shutdown;
  } celsius;

  [[nodiscard]] bool averages_power() const { return average.window_ms > 0; }
  [[nodiscard]] double idle_clock() const { return clock_mhz.min / clock_mhz.max; }  // relative
};

[[nodiscard]] std::span<const GpuModel> gpu_models();

// nullptr when there is no model of that key.
[[nodiscard]] const GpuModel* find_gpu_model(std::string_view key);

}  // namespace simulator
