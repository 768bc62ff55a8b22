// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/simulate/simulate.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "apps/commands/simulate/driver_folder.h"
#include "apps/process/child_process.h"
#include "simulator/api/simulated_machine.h"
#include "simulator/model/gpu_model.h"
#include "simulator/model/workload.h"
#include "simulator/scenario/scenario.h"

namespace zeus::apps {
namespace {

using nlohmann::json;

// A scenario that is used from another folder.
void make_tables_absolute(json& object, const std::filesystem::path& folder) {
  if (!object.is_object()) return;
  if (const auto csv = object.find("csv"); csv != object.end() && csv->is_string()) {
    *csv = (folder / csv->get<std::string>()).string();
  }
  for (json& value : object) {
    if (value.is_object()) make_tables_absolute(value, folder);
    if (!value.is_array()) continue;
    for (json& element : value) make_tables_absolute(element, folder);
  }
}

json read_scenario_file(const std::filesystem::path& file) {
  // Says what is wrong, by the file's own name and lines.
  [[maybe_unused]] const auto checked = simulator::load_scenario(file);
  std::ifstream in(file);
  json scenario = json::parse(in);
  make_tables_absolute(scenario, std::filesystem::absolute(file).parent_path());
  return scenario;
}

json scenario_of(const SimulateOptions& options) {
  json scenario = options.scenario ? read_scenario_file(*options.scenario) : json::object();
  if (!options.gpus.empty() || !options.scenario) {
    json gpus = json::array();
    for (const GpuGroup& group :
         options.gpus.empty() ? std::vector{GpuGroup{"V100", 1}} : options.gpus) {
      json gpu{{"model", group.model}, {"count", group.count}};
      if (!scenario.contains("workload")) {
        gpu["workload"] = {{"model", simulator::default_workload(group.model)}};
      }
      gpus.push_back(std::move(gpu));
    }
    scenario["gpus"] = std::move(gpus);
  }
  if (options.workload) {
    scenario["workload"] = {{"model", *options.workload}};
    for (json& gpu : scenario["gpus"]) gpu.erase("workload");
  }
  if (options.clock) scenario["clock"] = *options.clock;
  return scenario;
}

std::string what_is_simulated(const simulator::Scenario& scenario) {
  std::string text;
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= scenario.gpus.size(); ++i) {
    const simulator::GpuModel* model = scenario.gpus[begin].model;
    if (i < scenario.gpus.size() && scenario.gpus[i].model == model) continue;
    text += fmt::format("{}{} x {}{}", text.empty() ? "" : ", ", i - begin, model->key,
                        model->is_extrapolated ? " (an extrapolation)" : "");
    begin = i;
  }
  return text;
}

// In front of what is there.
std::string prepended(const std::string& what, const char* variable, const char* between) {
  const char* const there = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
  return there == nullptr || *there == '\0' ? what : what + between + there;
}

}  // namespace

int run_simulate(const SimulateOptions& options) {
  const std::filesystem::path folder = driver_folder();
  ChildEnd end;
  {
    // The box's own choices are for tests: all of them are replaced.
    const simulator::SimulatedMachine box;
    std::ofstream(box.scenario()) << scenario_of(options).dump(2) << '\n';
    const simulator::Scenario scenario = simulator::load_scenario(box.scenario());
    std::map<std::string, std::string> environment{
        {"LD_LIBRARY_PATH", prepended(folder.string(), "LD_LIBRARY_PATH", ":")},
        {"PATH", prepended((folder / "bin").string(), "PATH", ":")}};
    if (scenario.virtual_clock) {
      environment["LD_PRELOAD"] =
          prepended((folder / "libzeus-virtual-clock.so").string(), "LD_PRELOAD", " ");
    }
    if (!options.quiet) {
      fmt::print(stderr, "zeus: simulated GPUs: {}; every figure of theirs is simulated\n",
                 what_is_simulated(scenario));
    }
    try {
      end = run_child(options.command, environment);
    } catch (const CommandError& error) {
      fmt::print(stderr, "zeus: {}\n", error.what());
      end.exit_code = error.code();
    }
  }
  return end_as(end);
}

}  // namespace zeus::apps
