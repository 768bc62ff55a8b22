// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Limits, static and idle power, voltage curve, overshoot and lowest clock: fitted to tables
// measured on these GPUs. Clocks: the boards' published ranges.
#include "simulator/gpu_model.h"

#include <array>

#include "simulator/nvml_abi.h"

namespace simulator {
namespace {

constexpr std::array kV100Memory{877U};
constexpr std::array kA40Memory{7251U, 6251U, 405U};
constexpr std::array kRtx6000Memory{7001U, 6501U, 810U, 405U};
constexpr std::array kP100Memory{715U};

constexpr std::array kModels{
    GpuModel{.key = "V100",
             .name = "Tesla V100-PCIE-32GB",
             .architecture = NVML_DEVICE_ARCH_VOLTA,
             .pci_device_id = 0x1DB610DE,
             .has_energy_counter = true,
             .averages_power = false,
             .tick_ms = 20,
             .min_limit_w = 100,
             .max_limit_w = 250,
             .default_limit_w = 250,
             .static_w = 40.8,
             .idle_w = 33,
             .min_voltage = 0.80,
             .voltage_slope = 0.72,
             .limit_overshoot = 1.08,
             .min_phi = 0.16,
             .memory_clocks_mhz = kV100Memory,
             .max_clock_mhz = 1380,
             .min_clock_mhz = 135,
             .clock_step_mhz = 7.5},
    GpuModel{.key = "A40",
             .name = "NVIDIA A40",
             .architecture = NVML_DEVICE_ARCH_AMPERE,
             .pci_device_id = 0x223510DE,
             .has_energy_counter = true,
             .averages_power = true,
             .tick_ms = 100,
             .min_limit_w = 100,
             .max_limit_w = 300,
             .default_limit_w = 300,
             .static_w = 89.5,
             .idle_w = 78,
             .min_voltage = 0.77,
             .voltage_slope = 1.57,
             .limit_overshoot = 1.01,
             .min_phi = 0.20,
             .memory_clocks_mhz = kA40Memory,
             .max_clock_mhz = 1740,
             .min_clock_mhz = 210,
             .clock_step_mhz = 15},
    GpuModel{.key = "RTX6000",
             .name = "Quadro RTX 6000",
             .architecture = NVML_DEVICE_ARCH_TURING,
             .pci_device_id = 0x1E3010DE,
             .has_energy_counter = true,
             .averages_power = false,
             .tick_ms = 100,
             .min_limit_w = 100,
             .max_limit_w = 260,
             .default_limit_w = 260,
             .static_w = 83.1,
             .idle_w = 53.5,
             .min_voltage = 0.70,
             .voltage_slope = 1.02,
             .limit_overshoot = 1.01,
             .min_phi = 0.08,
             .memory_clocks_mhz = kRtx6000Memory,
             .max_clock_mhz = 2100,
             .min_clock_mhz = 300,
             .clock_step_mhz = 15},
    GpuModel{.key = "P100",
             .name = "Tesla P100-PCIE-16GB",
             .architecture = NVML_DEVICE_ARCH_PASCAL,
             .pci_device_id = 0x15F810DE,
             .has_energy_counter = false,
             .averages_power = false,
             .tick_ms = 20,
             .min_limit_w = 125,
             .max_limit_w = 250,
             .default_limit_w = 250,
             .static_w = 33.9,
             .idle_w = 32.5,
             .min_voltage = 0.75,
             .voltage_slope = 0.24,
             .limit_overshoot = 1.08,
             .min_phi = 0.16,
             .memory_clocks_mhz = kP100Memory,
             .max_clock_mhz = 1328,
             .min_clock_mhz = 544,
             .clock_step_mhz = 12.5},
};

}  // namespace

std::span<const GpuModel> gpu_models() { return kModels; }

const GpuModel* find_gpu_model(std::string_view key) {
  for (const GpuModel& model : kModels) {
    if (model.key == key) return &model;
  }
  return nullptr;
}

}  // namespace simulator
