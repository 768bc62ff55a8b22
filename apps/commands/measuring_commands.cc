// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/measuring_commands.h"

#include <CLI/CLI.hpp>
#include <string>

#include "apps/option_checks.h"

namespace zeus::apps {
namespace {

constexpr double kShortestInterval = 0.05;
constexpr double kLongestInterval = 86'400;
constexpr int kMostSamples = 1'000'000'000;

void add_devices(CLI::App& app, DeviceChoice& devices) {
  add_gpu_list(app, devices.gpus);
  app.add_flag_callback(
      "--no-cpus", [&devices] { devices.cpus = false; }, "Leave the CPUs out");
}

CLI::Option* add_file(CLI::App& app, const std::string& name,
                      std::optional<std::filesystem::path>& file, const std::string& what) {
  return app
      .add_option_function<std::string>(
          name, [&file](const std::string& given) { file = given; }, what)
      ->type_name("FILE");
}

}  // namespace

CLI::App* add_measure(CLI::App& app, MeasureOptions& options) {
  CLI::App* const measure = app.add_subcommand("measure", "Measure time and energy of any command");
  measure->footer(
      "zeus measure [OPTIONS] -- COMMAND...\n\n"
      "Energy is that of whole GPUs and CPUs, whoever uses them meanwhile. The table\n"
      "goes to standard error, so that COMMAND's output stays its own. Its exit status\n"
      "and signals are passed on.\n\n"
      "Examples:\n"
      "  zeus measure -- python train.py --epochs 1\n"
      "  zeus measure --gpus 0,1 --csv runs.csv -- ./job");
  add_devices(*measure, options.devices);
  measure->add_flag("--json", options.json, "Tell the result as JSON (docs/cli.md)");
  add_file(*measure, "--output", options.output, "Tell it there, not on standard error");
  add_file(*measure, "--csv", options.csv, "Append a row to this file, too");
  return measure;
}

CLI::App* add_power(CLI::App& app, PowerOptions& options) {
  CLI::App* const power = app.add_subcommand("power", "Show what GPUs and CPUs draw");
  power->footer(
      "Until Ctrl-C, or --count samples; then time, energy, mean and highest power.\n\n"
      "Examples:\n"
      "  zeus power\n"
      "  zeus power --interval 0.1 --csv > power.csv");
  add_devices(*power, options.devices);
  power
      ->add_option_function<double>(
          "--interval", [&options](double seconds) { options.interval = Seconds(seconds); },
          "From one sample to the next")
      ->type_name("SECONDS")
      ->check(between(kShortestInterval, kLongestInterval))
      ->default_str("1");
  add_optional(*power, "--count", options.count, "Samples; default: until Ctrl-C")
      ->type_name("N")
      ->check(whole_between(1, kMostSamples));
  power->add_flag("--csv", options.csv, "Rows of CSV (docs/cli.md)");
  power->add_flag("--json", options.json, "Only the totals, as JSON (docs/cli.md)");
  return power;
}

}  // namespace zeus::apps
