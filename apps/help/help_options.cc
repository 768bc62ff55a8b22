// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus completion` and `zeus man-page`.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/help/complete.h"
#include "apps/help/man_page.h"
#include "apps/option_kinds.h"

namespace zeus::apps {

void add_completion(CLI::App& app, Invocation& invocation) {
  const auto shell = std::make_shared<std::string>();
  CLI::App& completion = *app.add_subcommand("completion", "Print what completes zeus in a shell");
  completion.footer(
      "The script goes to standard output. An installed zeus has it in place.\n\n"
      "Examples:\n"
      "  source <(zeus completion bash)\n"
      "  zeus completion zsh > \"${fpath[1]}/_zeus\"\n"
      "  zeus completion fish > ~/.config/fish/completions/zeus.fish");
  completion.add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->type_name("")
      ->check(one_of(completion_shells()));
  completion.callback([shell, &invocation] {
    invocation.run = [shell] { return std::fputs(completion_script(*shell).c_str(), stdout), 0; };
  });
}

void add_man_page(CLI::App& app, Invocation& invocation) {
  CLI::App& page = *app.add_subcommand("man-page", "Print the manual page");
  page.footer("Example:\n  zeus man-page | man -l -");
  page.callback([&app, &invocation] {
    invocation.run = [text = man_page(command_tree(app))] {
      return std::fputs(text.c_str(), stdout), 0;
    };
  });
}

}  // namespace zeus::apps
