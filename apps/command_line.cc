// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "apps/commands/commands.h"
#include "apps/help/command_tree.h"
#include "apps/help/complete.h"
#include "apps/option_kinds.h"
#include "apps/terminal/terminal.h"

namespace zeus::apps {
namespace {

std::function<int()> printing(std::string text) {
  return [text = std::move(text)] {
    print(text);
    return 0;
  };
}

// Moves the words after "--" to `command`: they are another program's, not CLI11's to read. Returns
// the number of words left.
int take_command(const CLI::App& app, std::span<const char* const> words,
                 std::vector<std::string>& command) {
  const auto mark = std::ranges::find(words, std::string_view("--"));
  const bool runs_another =
      words.size() > 1 &&
      std::ranges::any_of(app.get_subcommands(nullptr), [&](const CLI::App* sub) {
        return sub->get_name() == words[1] && sub->get_prefix_command();
      });
  if (!runs_another || mark == words.end()) return static_cast<int>(words.size());
  command.assign(mark + 1, words.end());
  return static_cast<int>(mark - words.begin());
}

std::string missing_command(const CLI::App& app) {
  std::string path = app.get_name();
  for (const CLI::App* sub : app.get_subcommands()) path += " " + sub->get_name();
  return fmt::format("no command given; try '{} --help'", path);
}

}  // namespace

std::function<int()> parse_command_line(int argc, const char* const* argv) {
  const std::span words(argv, static_cast<std::size_t>(argc));
  CLI::App app{"Measures the energy of GPU training and sets the best power limit", "zeus"};
  app.set_version_flag("--version", std::string("zeus ") + ZEUS_VERSION, "Print the version");
  app.formatter(help_formatter());
  app.require_subcommand(0, 1);
  app.footer(has_simulator() ? "Example:\n  zeus demo          see it at work on simulated GPUs"
                             : "Example:\n  zeus env           show GPUs and what is missing");
  Invocation invocation;
  add_demo(app, invocation);
  add_env(app, invocation);
  add_check(app, invocation);
  add_measure(app, invocation);
  add_power(app, invocation);
  add_profile(app, invocation);
  add_lease(app, invocation);
  add_restore(app, invocation);
  add_simulate(app, invocation);
  add_completion(app, invocation);
  add_man_page(app, invocation);
  if (words.size() > 1 && words[1] == kCompleteCommand) {
    return printing(completions(command_tree(app), {words.begin() + 2, words.end()}));
  }
  try {
    app.parse(take_command(app, words, invocation.command), argv);
  } catch (const CLI::CallForHelp&) {
    return printing(app.help());
  } catch (const CLI::CallForVersion& version) {
    return printing(std::string(version.what()) + "\n");
  } catch (const CLI::ParseError& error) {
    throw UsageError(without_values(error.what()));
  }
  if (!invocation.run) throw UsageError(missing_command(app));
  return std::move(invocation.run);
}

}  // namespace zeus::apps
