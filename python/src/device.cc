// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The machine, its GPUs in the driver's integer units, mW and mJ, as the Python package has them,
// and its CPUs.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "python/src/bindings.h"
#include "python/src/gil.h"
#include "python/src/log_bridge.h"
#include "zeus/device/cpu.h"
#include "zeus/device/gpu.h"
#include "zeus/device/gpu_controls.h"
#include "zeus/machine.h"

namespace zeus::python {
namespace {

std::int64_t to_millijoules(Joules energy) { return std::llround(energy.value() * 1000.0); }

template <Watts (Gpu::*read)() const>
std::int64_t milliwatts(const VisibleGpu& gpu) {
  return to_milliwatts((gpu.gpu.get()->*read)());
}

template <bool GpuCapabilities::*has>
bool capability(const VisibleGpu& gpu) {
  return gpu.gpu->info().has.*has;
}

void init_gpu(nb::module_& module) {
  nb::class_<VisibleGpu>(module, "Gpu", "One GPU and the index the training framework gives it.")
      .def_ro("index", &VisibleGpu::index)
      .def_prop_ro("name", [](const VisibleGpu& gpu) { return gpu.gpu->info().name; })
      .def_prop_ro("uuid", [](const VisibleGpu& gpu) { return gpu.gpu->info().uuid; })
      .def_prop_ro("pci_address", [](const VisibleGpu& gpu) { return gpu.gpu->info().pci_address; })
      .def_prop_ro("architecture",
                   [](const VisibleGpu& gpu) { return gpu.gpu->info().architecture; })
      .def_prop_ro(
          "counter_period",
          [](const VisibleGpu& gpu) { return gpu.gpu->info().counter_period.value(); },
          "How often the energy counter moves, in seconds.")
      .def_prop_ro("has_energy_counter", &capability<&GpuCapabilities::energy_counter>)
      .def_prop_ro("has_instant_power", &capability<&GpuCapabilities::instant_power>)
      .def_prop_ro("has_average_power", &capability<&GpuCapabilities::average_power>)
      .def_prop_ro("has_temperature", &capability<&GpuCapabilities::temperature>)
      .def(
          "power_limit_range",
          [](const VisibleGpu& gpu) {
            const PowerLimitRange range = gpu.gpu->power_limit_range();
            return std::tuple(to_milliwatts(range.min), to_milliwatts(range.max));
          },
          WithoutGil(), "(lowest, highest) power limit in mW.")
      .def("default_power_limit", &milliwatts<&Gpu::default_power_limit>, WithoutGil(), "In mW.")
      .def("power_limit", &milliwatts<&Gpu::power_limit>, WithoutGil(), "In mW.")
      .def("enforced_power_limit", &milliwatts<&Gpu::enforced_power_limit>, WithoutGil(), "In mW.")
      .def(
          "set_power_limit",
          [](const VisibleGpu& gpu, std::int64_t limit) {
            gpu.gpu->set_power_limit(from_milliwatts(limit));
          },
          nb::arg("limit"), WithoutGil(), "In mW.")
      .def(
          "total_energy",
          [](const VisibleGpu& gpu) { return to_millijoules(gpu.gpu->total_energy()); },
          WithoutGil(), "Energy since the driver was loaded, in mJ.")
      .def("instant_power", &milliwatts<&Gpu::instant_power>, WithoutGil(), "In mW.")
      .def("average_power", &milliwatts<&Gpu::average_power>, WithoutGil(), "In mW.")
      .def(
          "temperature",
          [](const VisibleGpu& gpu) { return std::lround(gpu.gpu->temperature().value()); },
          WithoutGil(), "In degrees Celsius.")
      .def(
          "persistence_mode",
          [](const VisibleGpu& gpu) { return gpu.gpu->controls().persistence_mode(); },
          WithoutGil())
      .def(
          "set_persistence_mode",
          [](const VisibleGpu& gpu, bool enabled) {
            gpu.gpu->controls().set_persistence_mode(enabled);
          },
          nb::arg("enabled"), WithoutGil())
      .def(
          "supported_memory_clocks",
          [](const VisibleGpu& gpu) { return gpu.gpu->controls().supported_memory_clocks(); },
          WithoutGil(), "In MHz.")
      .def(
          "supported_graphics_clocks",
          [](const VisibleGpu& gpu, unsigned memory_clock) {
            return gpu.gpu->controls().supported_graphics_clocks(memory_clock);
          },
          nb::arg("memory_clock"), WithoutGil(), "In MHz.")
      .def(
          "lock_memory_clocks",
          [](const VisibleGpu& gpu, unsigned min, unsigned max) {
            gpu.gpu->controls().lock_memory_clocks(min, max);
          },
          nb::arg("min"), nb::arg("max"), WithoutGil(), "In MHz.")
      .def(
          "unlock_memory_clocks",
          [](const VisibleGpu& gpu) { gpu.gpu->controls().unlock_memory_clocks(); }, WithoutGil())
      .def(
          "lock_graphics_clocks",
          [](const VisibleGpu& gpu, unsigned min, unsigned max) {
            gpu.gpu->controls().lock_graphics_clocks(min, max);
          },
          nb::arg("min"), nb::arg("max"), WithoutGil(), "In MHz.")
      .def(
          "unlock_graphics_clocks",
          [](const VisibleGpu& gpu) { gpu.gpu->controls().unlock_graphics_clocks(); }, WithoutGil())
      .def(
          "average_memory_power",
          [](const VisibleGpu& gpu) {
            return to_milliwatts(gpu.gpu->controls().average_memory_power());
          },
          WithoutGil(), "In mW.");
}

void init_cpu(nb::module_& module) {
  nb::class_<VisibleCpu>(module, "Cpu", "One CPU package and its number.")
      .def_ro("index", &VisibleCpu::index)
      .def_prop_ro("name", [](const VisibleCpu& cpu) { return cpu.cpu->info().name; })
      .def_prop_ro("has_dram", [](const VisibleCpu& cpu) { return cpu.cpu->info().has_dram; })
      .def(
          "total_energy",
          [](const VisibleCpu& cpu) {
            const CpuEnergy energy = cpu.cpu->total_energy();
            return std::tuple(energy.package.value(),
                              energy.dram ? std::optional(energy.dram->value()) : std::nullopt);
          },
          WithoutGil(), "(the package's energy, its memory's or None) since it was found, in J.");
}

// What was found, and what there was to say of it.
std::vector<VisibleCpu> cpus_of(const Machine& machine) {
  std::vector<VisibleCpu> cpus = machine.cpus();
  deliver_log();
  return cpus;
}

std::vector<VisibleGpu> gpus_if_any(const Machine& machine) {
  std::vector<VisibleGpu> gpus = machine.gpus_if_any();
  deliver_log();
  return gpus;
}

// A machine that tells what it had to say.
std::unique_ptr<Machine> look_around() {
  std::unique_ptr<Machine> machine;
  {
    const GilRelease release;
    machine = std::make_unique<Machine>();
  }
  deliver_log();
  return machine;
}

}  // namespace

void init_device(nb::module_& module) {
  init_cpu(module);
  init_gpu(module);
  nb::class_<Machine>(module, "Machine", "The GPUs and CPUs that this process sees.")
      .def(nb::new_(&look_around))
      .def(
          "gpus", [](const Machine& machine) { return machine.gpus(); },
          "The visible GPUs, by the framework's indices.")
      .def("gpus_if_any", &gpus_if_any,
           "Like gpus(), but empty where no driver works. Warns where one is there and doesn't.")
      .def(
          "all_gpus",
          [](const Machine& machine) {
            std::vector<VisibleGpu> all;
            for (const auto& gpu : machine.all_gpus()) {
              all.push_back({static_cast<int>(all.size()), gpu});
            }
            return all;
          },
          "Every GPU of the driver, by its own order.")
      .def(
          "driver_index",
          [](const Machine& machine, const VisibleGpu& visible) {
            int index = 0;
            for (const auto& gpu : machine.all_gpus()) {
              if (gpu == visible.gpu) return index;
              ++index;
            }
            return -1;
          },
          nb::arg("gpu"), "The GPU's number in the driver's own order.")
      .def("cpus", &cpus_of, "The CPU packages whose energy can be read, by their numbers.")
      .def_prop_ro("cpu_problem", &Machine::cpu_problem,
                   "Why CPU packages are missing; empty where none are.")
      .def_prop_ro("problem", &Machine::problem, "Why there are no GPUs; empty where there are.")
      .def_prop_ro("driver_failure", &Machine::driver_failure,
                   "Why a driver that is there doesn't work; empty where there is none.")
      .def_prop_ro("driver_version", &Machine::driver_version);
}

}  // namespace zeus::python
