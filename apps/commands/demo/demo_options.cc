// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <sstream>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/commands/demo/demo.h"
#include "apps/commands/simulate/simulated_gpus.h"
#include "apps/option_kinds.h"
#include "apps/terminal/terminal.h"

namespace zeus::apps {
namespace {

// Fills in "dataset/network/batch/optimizer".
void select_rows(const std::string& text, DemoOptions& options) {
  const std::array parts{&options.dataset, &options.network, &options.batch_size,
                         &options.optimizer};
  if (std::ranges::count(text, '/') + 1 != std::ssize(parts)) {
    throw UsageError(fmt::format(
        "--select: \"{}\" is not dataset/network/batch/optimizer (any may be empty)", text));
  }
  std::istringstream rest(text);
  for (std::string* const part : parts) std::getline(rest, *part, '/');
}

std::string footer() {
  return fmt::format(
      "Models: {}.\n"
      "{}\n"
      "{}\n"
      "Needs no GPU: the driver is simulated, by models fitted to tables measured on\n"
      "real GPUs or by replaying such a table. All else is the library as it is.\n\n"
      "Examples:\n"
      "  zeus demo --gpus 8 --model A40 --selector max-slowdown --slowdown 1.05\n"
      "  zeus demo --table v100.csv --select squad/bert_base_uncased/32/adamw",
      fmt::join(gpu_model_names(), ", "),
      wrapped(fmt::format("Workloads: {}.", fmt::join(workload_names(), ", ")), "  "),
      selectors_line());
}

}  // namespace

void add_demo(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<DemoOptions>();
  CLI::App& demo = *app.add_subcommand("demo", "Find a job's best power limit on simulated GPUs");
  demo.footer(footer());
  demo.add_option("--gpus", options->gpus, "How many GPUs train together")
      ->type_name("N")
      ->check(whole_between(1, kMostGpus))
      ->capture_default_str();
  demo.add_option("--model", options->model, "Which GPUs")
      ->type_name("NAME")
      ->check(one_of(gpu_model_names()))
      ->capture_default_str();
  CLI::Option* const workload =
      demo.add_option("--workload", options->workload, "What they train; default: by model")
          ->type_name("NAME")
          ->check(one_of(workload_names()));
  CLI::Option* const table =
      add_file(demo, "--table", options->table, "Replay a measured table instead")
          ->type_name("CSV")
          ->excludes(workload);
  demo.add_option_function<std::string>(
          "--select", [options](const std::string& text) { select_rows(text, *options); },
          "Its rows: dataset/network/batch/optimizer")
      ->type_name("ROWS")
      ->needs(table);
  demo.add_option_function<std::string>(
          "--selector",
          [options](const std::string& name) { options->selector = *selector_of_name(name); },
          "What counts as best")
      ->type_name("NAME")
      ->check(one_of(selector_names()))
      ->default_str(std::string(option_name(options->selector)));
  add_selector_settings(demo, options->settings);
  demo.add_option_function<double>(
          "--pl-step", [options](double watts) { options->pl_step = Watts(watts); },
          "Between one limit and the next")
      ->type_name("WATTS")
      ->check(between(0.001, 10'000))
      ->default_str(fmt::format("{:g}", options->pl_step.value()));
  add_count(demo, "--epochs", options->epochs, "Default: twice what measuring takes");
  demo.add_option("--steps-per-epoch", options->steps_per_epoch, "Steps an epoch")
      ->type_name("N")
      ->check(whole_between(1, kMostCount))
      ->capture_default_str();
  demo.add_option_function<std::string>(
          "--clock", [options](const std::string& clock) { options->real_clock = clock == "real"; },
          "virtual or real time")
      ->type_name("CLOCK")
      ->check(one_of({"virtual", "real"}))
      ->default_str("virtual");
  demo.add_option("--seed", options->seed, "Of the noise between steps")
      ->type_name("N")
      ->capture_default_str();
  add_file(demo, "--profile", options->profile, "Keep what is measured; go on from it");
  demo.add_flag("--fast", options->fast, "No pauses for the eye on a terminal");
  add_json(demo, options->json);
  demo.callback([options, &invocation] {
    options->settings.world_size = options->gpus;
    invocation.run = [options] { return run_demo(*options); };
  });
}

bool has_simulator() { return true; }

}  // namespace zeus::apps
