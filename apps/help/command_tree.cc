// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/help/command_tree.h"

#include <CLI/CLI.hpp>

#include "apps/option_kinds.h"

namespace zeus::apps {
namespace {

OptionEntry entry_of(const CLI::Option& option) {
  OptionEntry entry;
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  entry.what = option.get_description();
  entry.values = values_of(option);
  entry.default_value = option.get_default_str();
  entry.is_required = option.get_required();
  entry.is_repeated = option.get_expected_max() > 1;
  if (entry.is_positional()) {
    entry.value = option.get_single_name();
  } else if (option.get_type_size() != 0) {
    entry.value = without_values(option.get_type_name());
  }
  return entry;
}

CommandEntry entry_of(const CLI::App& app, const std::string& parent) {
  CommandEntry entry;
  entry.path = parent + app.get_name();
  entry.what = app.get_description();
  entry.footer = app.get_footer();
  entry.takes_command = app.get_prefix_command();
  for (const CLI::Option* option : app.get_options()) {
    OptionEntry found = entry_of(*option);
    (found.is_positional() ? entry.positionals : entry.options).push_back(std::move(found));
  }
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (command->get_group().empty()) continue;  // hidden
    entry.commands.push_back(entry_of(*command, entry.path + " "));
  }
  return entry;
}

}  // namespace

CommandEntry command_tree(const CLI::App& app) { return entry_of(app, ""); }

}  // namespace zeus::apps
