// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/commands/power/power.h"
#include "apps/option_kinds.h"

namespace zeus::apps {
namespace {

constexpr double kShortestInterval = 0.05;
constexpr double kLongestInterval = 86'400;

}  // namespace

void add_power(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<PowerOptions>();
  CLI::App& power = *app.add_subcommand("power", "Show what GPUs and CPUs draw");
  power.footer(
      "Until Ctrl-C, or --count samples; then time, energy, mean and highest power.\n\n"
      "Examples:\n"
      "  zeus power\n"
      "  zeus power --interval 0.1 --csv > power.csv");
  add_devices(power, options->devices.gpus, options->devices.cpus);
  power
      .add_option_function<double>(
          "--interval", [options](double seconds) { options->interval = Seconds(seconds); },
          "From one sample to the next")
      ->type_name("SECONDS")
      ->check(between(kShortestInterval, kLongestInterval))
      ->default_str(fmt::format("{:g}", options->interval.value()));
  add_count(power, "--count", options->count, "Samples; default: until Ctrl-C");
  CLI::Option* const csv = power.add_flag("--csv", options->csv, "Rows of CSV (docs/cli.md)");
  add_json(power, options->json, "Only the totals, as JSON");
  csv->excludes("--json");
  power.callback(
      [options, &invocation] { invocation.run = [options] { return run_power(*options); }; });
}

}  // namespace zeus::apps
