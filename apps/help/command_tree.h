// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The commands and options as plain structs, read from CLI11's definitions: what completion and
// manual are made of, so that there is no second list.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace zeus::apps {

struct OptionEntry {
  std::vector<std::string> names;   // "-h", "--help"; none of a positional
  std::string value;                // "NAME"; empty of a flag; a positional's name
  std::vector<std::string> values;  // what it may be; empty: anything
  std::string what;
  std::string default_value;
  bool is_required = false;
  bool is_repeated = false;

  [[nodiscard]] bool is_positional() const { return names.empty(); }
  [[nodiscard]] bool is_flag() const { return value.empty(); }
  [[nodiscard]] bool is_file() const { return value == "FILE" || value == "CSV"; }
};

struct CommandEntry {
  std::string path;  // "zeus profile show"
  std::string what;
  std::string footer;
  bool takes_command = false;  // another program's command line follows "--"
  std::vector<OptionEntry> options;
  std::vector<OptionEntry> positionals;
  std::vector<CommandEntry> commands;

  [[nodiscard]] std::string name() const { return path.substr(path.rfind(' ') + 1); }
};

[[nodiscard]] CommandEntry command_tree(const CLI::App& app);

}  // namespace zeus::apps
