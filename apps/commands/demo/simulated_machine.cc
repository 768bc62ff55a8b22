// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/demo/simulated_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <system_error>

#include "apps/commands/simulate/simulated_gpus.h"
#include "simulator/model/gpu_model.h"
#include "simulator/model/workload.h"
#include "simulator/scenario/scenario.h"

namespace zeus::apps {
namespace {

std::string workload_of(const DemoOptions& options) {
  return options.workload.value_or(std::string(simulator::default_workload(options.model)));
}

// As on a real machine: steps differ, the driver takes its time, the counter moves in ticks.
simulator::SimulatedMachineOptions machine_options(const DemoOptions& options) {
  simulator::SimulatedMachineOptions box;
  box.model = options.model;
  box.gpus = options.gpus;
  box.virtual_clock = !options.real_clock;
  box.seed = options.seed;
  box.time_noise = 0.02;
  box.power_noise = 0.01;
  box.read_latency_ms = 0.3;
  box.write_latency_ms = 15;
  box.settling_ms = 100;
  box.tick_ms.reset();
  if (options.table) {
    box.csv = std::filesystem::absolute(*options.table);
    box.dataset = options.dataset;
    box.network = options.network;
    box.batch_size = options.batch_size;
    box.optimizer = options.optimizer;
    box.steps_per_epoch = options.steps_per_epoch;
  } else {
    box.workload = workload_of(options);
  }
  return box;
}

std::string source_of(const DemoOptions& options) {
  if (options.table) {
    return fmt::format("SIMULATED by replaying {} on each GPU.",
                       options.table->filename().string());
  }
  const std::string workload = workload_of(options);
  const std::string where = workload.substr(0, workload.find(' '));
  if (simulator::find_gpu_model(where) != nullptr && where != options.model) {
    return fmt::format("SIMULATED by an extrapolation: the job was fitted on {}, not on {}.", where,
                       options.model);
  }
  if (simulator::find_gpu_model(options.model)->is_extrapolated) {
    return fmt::format("SIMULATED by an extrapolation: no table measured on {} is public.",
                       options.model);
  }
  return fmt::format("SIMULATED by a model fitted to tables measured on real {} GPUs.",
                     options.model);
}

std::string workload_text(const DemoOptions& options) {
  if (!options.table) return workload_of(options);
  std::string text;
  for (const std::string* part :
       {&options.dataset, &options.network, &options.batch_size, &options.optimizer}) {
    if (part->empty()) continue;
    text += (text.empty() ? "" : "/") + *part;
  }
  return text.empty() ? "the curve of the table" : text;
}

}  // namespace

SimulatedMachine::SimulatedMachine(const DemoOptions& options)
    : box_(machine_options(options)),
      gpus_(static_cast<std::size_t>(options.gpus)),
      workload_(workload_text(options)),
      source_(source_of(options)) {
  std::iota(gpus_.begin(), gpus_.end(), 0U);
  // The driver would only say that something is wrong, this says what.
  [[maybe_unused]] const auto checked = simulator::load_scenario(box_.scenario());
  simulator::load(driver_folder());
  clock_ = std::make_shared<simulator::SimulatorClock>();
}

void SimulatedMachine::step() {
  simulator::step(gpus_);
  ++steps_;
}

Spent SimulatedMachine::spent() const {
  Spent sum{.energy = {}, .time = {}, .steps = steps_};
  for (const unsigned gpu : gpus_) {
    const simulator::Truth truth = simulator::truth(gpu);
    sum.energy += truth.energy;
    sum.time = std::max(sum.time, truth.elapsed);
  }
  return sum;
}

}  // namespace zeus::apps
