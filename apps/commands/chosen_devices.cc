// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/chosen_devices.h"

#include <fmt/format.h>

#include <utility>

#include "apps/terminal/number_format.h"
#include "zeus/error.h"
#include "zeus/log.h"

namespace zeus::apps {
namespace {

constexpr Seconds kSamplingPeriod{0.02};

// After its first reading; the reader names it.
ChosenDevice started(DeviceDescription what, std::shared_ptr<Gpu> gpu,
                     std::unique_ptr<EnergyReader> reader, const Clock& clock) {
  what.name = reader->name();
  const EnergyReading begin = reader->read(clock.monotonic());
  return {
      .what = std::move(what), .gpu = std::move(gpu), .reader = std::move(reader), .begin = begin};
}

void warn_left_out(const char* kind, int index, const ZeusBaseError& error) {
  log(LogLevel::kWarning, "zeus.apps",
      fmt::format("{} {} is left out: {}", kind, index, error.what()));
}

std::vector<VisibleGpu> chosen_gpus(const Machine& machine, const DeviceChoice& choice) {
  if (choice.gpus) return machine.gpus(*choice.gpus);
  try {
    std::vector<VisibleGpu> gpus = machine.gpus_if_any();
    if (gpus.empty() && !machine.all_gpus().empty()) {
      log(LogLevel::kWarning, "zeus.apps",
          fmt::format("No GPU is read: CUDA_VISIBLE_DEVICES shows none of the {} that this machine "
                      "has.",
                      machine.all_gpus().size()));
    }
    return gpus;
  } catch (const ZeusGPUNotSupportedError& error) {  // a part of a GPU was given to this job
    log(LogLevel::kWarning, "zeus.apps", fmt::format("No GPU is read: {}", error.what()));
    return {};
  }
}

}  // namespace

std::string DeviceDescription::model_text(bool is_simulated) const {
  return printable(model) + (is_gpu && is_simulated ? " (SIMULATED)" : "");
}

std::vector<ChosenDevice> open_devices(const Machine& machine, const DeviceChoice& choice,
                                       const std::shared_ptr<Clock>& clock) {
  std::vector<ChosenDevice> devices;
  for (const VisibleGpu& gpu : chosen_gpus(machine, choice)) {
    try {
      const GpuInfo& info = gpu.gpu->info();
      devices.push_back(started(
          {.is_gpu = true, .index = gpu.index, .name = {}, .model = info.name, .uuid = info.uuid},
          gpu.gpu, make_energy_reader(gpu, kSamplingPeriod, clock), *clock));
    } catch (const ZeusBaseGPUError& error) {
      if (choice.gpus) throw;
      warn_left_out("GPU", gpu.index, error);
    }
  }
  if (!choice.cpus) return devices;
  for (const VisibleCpu& cpu : machine.cpus()) {
    try {
      const CpuInfo& info = cpu.cpu->info();
      devices.push_back(
          started({.is_gpu = false, .index = cpu.index, .name = {}, .model = info.name, .uuid = {}},
                  nullptr, make_energy_reader(cpu, clock), *clock));
    } catch (const ZeusBaseCPUError& error) {
      warn_left_out("CPU", cpu.index, error);
    }
  }
  return devices;
}

DrawnEnergy energy_between(const EnergyReading& begin, const EnergyReading& end) {
  DrawnEnergy drawn{.energy = end.energy - begin.energy, .dram = std::nullopt};
  if (begin.dram && end.dram) drawn.dram = *end.dram - *begin.dram;
  return drawn;
}

}  // namespace zeus::apps
