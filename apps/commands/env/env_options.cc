// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/commands/env/env.h"
#include "apps/option_kinds.h"

namespace zeus::apps {

void add_env(CLI::App& app, Invocation& invocation) {
  const auto json = std::make_shared<bool>(false);
  CLI::App& env = *app.add_subcommand("env", "Show GPUs, limits, rights, and what is missing");
  env.footer("Only reads: no power limit is written.\n\nExample:\n  zeus env --json");
  add_json(env, *json);
  env.callback([json, &invocation] { invocation.run = [json] { return run_env(*json); }; });
}

}  // namespace zeus::apps
