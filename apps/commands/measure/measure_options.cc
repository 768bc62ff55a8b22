// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/commands/measure/measure.h"
#include "apps/option_kinds.h"

namespace zeus::apps {

void add_measure(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<MeasureOptions>();
  CLI::App& measure = *app.add_subcommand("measure", "Measure time and energy of any command");
  measure.prefix_command();
  measure.footer(
      "zeus measure [OPTIONS] -- COMMAND...\n\n"
      "Energy is that of whole GPUs and CPUs, whoever uses them meanwhile. The table\n"
      "goes to standard error, so that COMMAND's output stays its own. Its exit status\n"
      "and signals are passed on.\n\n"
      "Examples:\n"
      "  zeus measure -- python train.py --epochs 1\n"
      "  zeus measure --gpus 0,1 --csv runs.csv -- ./job");
  add_devices(measure, options->devices.gpus, options->devices.cpus);
  add_json(measure, options->json);
  add_file(measure, "--output", options->output, "Print it there, not on standard error");
  add_file(measure, "--csv", options->csv, "Append a row to this file, too");
  measure.callback([options, &measure, &invocation] {
    options->command = command_of(measure, invocation, "zeus measure -- python train.py");
    invocation.run = [options] { return run_measure(*options); };
  });
}

}  // namespace zeus::apps
