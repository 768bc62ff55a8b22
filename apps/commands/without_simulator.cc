// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Linked in the place of commands/demo/ and commands/simulate/ where ZEUS_BUILD_SIMULATOR is off.
#include <CLI/CLI.hpp>
#include <stdexcept>
#include <string>

#include "apps/command_line.h"
#include "apps/commands/commands.h"

namespace zeus::apps {
namespace {

void add_refusal(CLI::App& app, Invocation& invocation, const std::string& name) {
  CLI::App& command = *app.add_subcommand(name);
  command.group("");  // not listed
  command.set_help_flag();
  command.prefix_command();
  command.callback([name, &invocation] {
    invocation.run = [name]() -> int {
      throw std::runtime_error("'zeus " + name +
                               "' needs the simulated driver, which this build of zeus lacks; "
                               "configure it with -D ZEUS_BUILD_SIMULATOR=ON");
    };
  });
}

}  // namespace

bool has_simulator() { return false; }

void add_demo(CLI::App& app, Invocation& invocation) { add_refusal(app, invocation, "demo"); }

void add_simulate(CLI::App& app, Invocation& invocation) {
  add_refusal(app, invocation, "simulate");
}

}  // namespace zeus::apps
