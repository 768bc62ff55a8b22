// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// From the typed words to the command that they ask for. CLI11 stays in .cc files.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace zeus::apps {

// The command line is wrong: exit code 2. One line, without the program's name.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What the typed words ask for. Each command fills it in from its CLI11 callback.
struct Invocation {
  std::vector<std::string> command;  // the words after "--": another program's command line
  std::function<int()> run;          // returns the exit code; holds its options itself
};

// What runs the command. Throws UsageError.
[[nodiscard]] std::function<int()> parse_command_line(int argc, const char* const* argv);

}  // namespace zeus::apps
