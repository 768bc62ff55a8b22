// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/commands/simulate/simulate.h"
#include "apps/option_kinds.h"

namespace zeus::apps {

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
