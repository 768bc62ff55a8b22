// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Limits, static and idle power, voltage curve, overshoot and lowest clock: fitted to tables
// measured on these GPUs; of the A100 and the H100, for which there are none, extrapolated from
// the others and from published idle and board powers. Clocks: the boards' published ranges.
#include "simulator/model/gpu_model.h"

#include <algorithm>
#include <array>

#include "simulator/nvml/nvml_abi.h"

namespace simulator {
namespace {

constexpr std::array kV100Memory{877U};
constexpr std::array kA40Memory{7251U, 6251U, 405U};
constexpr std::array kRtx6000Memory{7001U, 6501U, 810U, 405U};
constexpr std::array kP100Memory{715U};
constexpr std::array kA100Memory{1215U};
constexpr std::array kH100Memory{2619U, 1593U};

constexpr std::array kModels{
    GpuModel{.key = "V100",
             .name = "Tesla V100-PCIE-32GB",
             .architecture = NVML_DEVICE_ARCH_VOLTA,
             .pci_device_id = 0x1DB610DE,
             .compute = {.major = 7, .minor = 0},
             .tick_ms = 20,
             .sensor = {.period_ms = 20, .window_ms = 10},
             .limit_w = {.min = 100, .max = 250},
             .draw_w = {.fixed = 40.8, .idle = 33},
             .voltage = {.min = 0.80, .slope = 0.72},
             .limit_overshoot = 1.08,
             .min_phi = 0.16,
             .memory_clocks_mhz = kV100Memory,
             .clock_mhz = {.min = 135, .max = 1380, .step = 7.5},
             .memory_mib = {.all = 32768, .bar1 = 32768},
             .pcie_generation = 3,
             .celsius = {.slowdown = 87, .shutdown = 90}},
    GpuModel{.key = "A40",
             .name = "NVIDIA A40",
             .architecture = NVML_DEVICE_ARCH_AMPERE,
             .pci_device_id = 0x223510DE,
             .compute = {.major = 8, .minor = 6},
             .tick_ms = 100,
             .sensor = {.period_ms = 100, .window_ms = 100},
             .average = {.period_ms = 100, .window_ms = 1000},
             .limit_w = {.min = 100, .max = 300},
             .draw_w = {.fixed = 89.5, .idle = 78},
             .voltage = {.min = 0.77, .slope = 1.57},
             .limit_overshoot = 1.01,
             .min_phi = 0.20,
             .memory_clocks_mhz = kA40Memory,
             .clock_mhz = {.min = 210, .max = 1740, .step = 15},
             .memory_mib = {.all = 46068, .bar1 = 65536},
             .pcie_generation = 4,
             .has_display = true,
             .celsius = {.slowdown = 95, .shutdown = 98}},
    GpuModel{.key = "RTX6000",
             .name = "Quadro RTX 6000",
             .architecture = NVML_DEVICE_ARCH_TURING,
             .pci_device_id = 0x1E3010DE,
             .compute = {.major = 7, .minor = 5},
             .tick_ms = 100,
             .sensor = {.period_ms = 100, .window_ms = 100},
             .limit_w = {.min = 100, .max = 260},
             .draw_w = {.fixed = 83.1, .idle = 53.5},
             .voltage = {.min = 0.70, .slope = 1.02},
             .limit_overshoot = 1.01,
             .min_phi = 0.08,
             .memory_clocks_mhz = kRtx6000Memory,
             .clock_mhz = {.min = 300, .max = 2100, .step = 15},
             .memory_mib = {.all = 24576, .bar1 = 256},
             .pcie_generation = 3,
             .has_fan = true,
             .has_display = true,
             .celsius = {.slowdown = 93, .shutdown = 96}},
    GpuModel{.key = "P100",
             .name = "Tesla P100-PCIE-16GB",
             .architecture = NVML_DEVICE_ARCH_PASCAL,
             .pci_device_id = 0x15F810DE,
             .compute = {.major = 6, .minor = 0},
             .has_energy_counter = false,
             .tick_ms = 20,
             .sensor = {.period_ms = 20, .window_ms = 10},
             .limit_w = {.min = 125, .max = 250},
             .draw_w = {.fixed = 33.9, .idle = 32.5},
             .voltage = {.min = 0.75, .slope = 0.24},
             .limit_overshoot = 1.08,
             .min_phi = 0.16,
             .memory_clocks_mhz = kP100Memory,
             .clock_mhz = {.min = 544, .max = 1328, .step = 12.5},
             .memory_mib = {.all = 16384, .bar1 = 16384},
             .pcie_generation = 3,
             .celsius = {.slowdown = 82, .shutdown = 85}},
    GpuModel{.key = "A100",
             .name = "NVIDIA A100-SXM4-40GB",
             .architecture = NVML_DEVICE_ARCH_AMPERE,
             .pci_device_id = 0x20B010DE,
             .compute = {.major = 8, .minor = 0},
             .is_extrapolated = true,
             .tick_ms = 100,
             .sensor = {.period_ms = 100, .window_ms = 25},
             .limit_w = {.min = 100, .max = 400},
             .draw_w = {.fixed = 70, .idle = 54},
             .voltage = {.min = 0.75, .slope = 1.10},
             .limit_overshoot = 1.03,
             .min_phi = 0.12,
             .memory_clocks_mhz = kA100Memory,
             .clock_mhz = {.min = 210, .max = 1410, .step = 15},
             .memory_mib = {.all = 40960, .bar1 = 65536},
             .pcie_generation = 4,
             .has_mig = true,
             .celsius = {.slowdown = 89, .shutdown = 92}},
    GpuModel{.key = "H100",
             .name = "NVIDIA H100 80GB HBM3",
             .architecture = NVML_DEVICE_ARCH_HOPPER,
             .pci_device_id = 0x233010DE,
             .compute = {.major = 9, .minor = 0},
             .is_extrapolated = true,
             .tick_ms = 100,
             .sensor = {.period_ms = 100, .window_ms = 25},
             .average = {.period_ms = 100, .window_ms = 1000},
             .limit_w = {.min = 200, .max = 700},
             .draw_w = {.fixed = 120, .idle = 72},
             .voltage = {.min = 0.75, .slope = 1.00},
             .limit_overshoot = 1.02,
             .min_phi = 0.15,
             .memory_clocks_mhz = kH100Memory,
             .clock_mhz = {.min = 345, .max = 1980, .step = 15},
             .memory_mib = {.all = 81559, .bar1 = 131072},
             .pcie_generation = 5,
             .has_mig = true,
             .celsius = {.slowdown = 89, .shutdown = 92}},
};

}  // namespace

std::span<const GpuModel> gpu_models() { return kModels; }

const GpuModel* find_gpu_model(std::string_view key) {
  const auto found = std::ranges::find(kModels, key, &GpuModel::key);
  return found != kModels.end() ? &*found : nullptr;
}

}  // namespace simulator
