// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus simulate`: any program on simulated GPUs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/commands/simulate/driver_obstacle.h"
#include "apps/commands/simulate/simulated_gpus.h"
#include "apps/option_kinds.h"
#include "apps/process/child_process.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"
#include "simulator/api/simulated_machine.h"
#include "simulator/model/gpu_model.h"
#include "simulator/model/workload.h"
#include "simulator/scenario/scenario.h"

namespace zeus::apps {
namespace {

using nlohmann::json;

struct GpuGroup {
  std::string model;
  int count = 1;
};

struct SimulateOptions {
  std::vector<GpuGroup> gpus;           // empty: the scenario's, else one V100
  std::optional<std::string> workload;  // none: the scenario's, else by model
  std::optional<std::filesystem::path> scenario;
  std::optional<std::string> clock;  // "real" or "virtual"; none: the scenario's, else real
  bool quiet = false;
  std::vector<std::string> command;
};

// "4xV100" or "V100".
GpuGroup parse_group(std::string_view text) {
  GpuGroup group;
  const std::size_t times = std::min(text.find('x'), text.size());
  if (times < text.size()) {
    const char* const end = text.data() + times;
    const auto [read_to, error] = std::from_chars(text.data(), end, group.count);
    if (error == std::errc() && read_to == end) text.remove_prefix(times + 1);
  }
  group.model = text;
  if (simulator::find_gpu_model(group.model) == nullptr) {
    throw UsageError(fmt::format("--gpus: \"{}\" is no GPU model", text));
  }
  if (group.count < 1) throw UsageError(fmt::format("--gpus: {} GPUs requested", group.count));
  return group;
}

// "4xV100,2xA40", the value of --gpus.
std::vector<GpuGroup> parse_gpu_list(const std::string& text) {
  std::vector<GpuGroup> groups;
  long long sum = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    groups.push_back(parse_group(std::string_view(text).substr(begin, end - begin)));
    sum += groups.back().count;
    begin = end + 1;
  }
  if (sum > kMostGpus) {
    throw UsageError(
        fmt::format("--gpus: {} GPUs requested; at most {} are supported", sum, kMostGpus));
  }
  return groups;
}

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

// What the command leaves behind in the simulated machine goes away with it. Returns the exit code,
// or dies of the signal that killed the command. Throws ScenarioError, ZeusBaseError.
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
      print_message(fmt::format("zeus: simulated GPUs: {}; every figure of theirs is simulated\n",
                                what_is_simulated(scenario)));
    }
    if (const auto obstacle = driver_obstacle(options.command.front())) {
      print_message(fmt::format("zeus: warning: {}: it will not see the simulated GPUs\n",
                                printable(*obstacle)));
    }
    try {
      ChildProcess child(options.command, environment);
      child.start();
      end = child.wait();
    } catch (const CommandError& error) {
      print_message(fmt::format("zeus: {}\n", error.what()));
      end.exit_code = error.code();
    }
  }
  return end_as(end);
}

}  // namespace

void add_simulate(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<SimulateOptions>();
  CLI::App& simulate = *app.add_subcommand("simulate", "Run any program on simulated GPUs");
  simulate.prefix_command();
  simulate.footer(
      fmt::format("zeus simulate [OPTIONS] -- COMMAND...\n\n"
                  "Models: {}.\n"
                  "COMMAND finds the simulated driver as it would the real libnvidia-ml.so.1, and\n"
                  "an nvidia-smi. Its exit status and signals are passed on. The GPUs idle until\n"
                  "something steps on them (simulator/README.md).\n\n"
                  "Examples:\n"
                  "  zeus simulate --gpus 4xV100,2xA40 -- nvitop -1\n"
                  "  zeus simulate --scenario faults.json -- python train.py",
                  fmt::join(gpu_model_names(), ", ")));
  simulate
      .add_option_function<std::string>(
          "--gpus", [options](const std::string& list) { options->gpus = parse_gpu_list(list); },
          "Which, like 4xV100,2xA40; default: 1xV100")
      ->type_name("LIST");
  simulate.add_option("--workload", options->workload, "What steps do; default: by model")
      ->type_name("NAME")
      ->check(one_of(workload_names()));
  add_file(simulate, "--scenario", options->scenario, "Machine and faults (simulator/README.md)");
  simulate.add_option("--clock", options->clock, "real, or virtual: sleeps return at once")
      ->type_name("CLOCK")
      ->check(one_of({"virtual", "real"}));
  simulate.add_flag("--quiet", options->quiet, "Don't say what is simulated");
  simulate.callback([options, &simulate, &invocation] {
    options->command = command_of(simulate, invocation, "zeus simulate -- nvitop -1");
    invocation.run = [options] { return run_simulate(*options); };
  });
}

}  // namespace zeus::apps
