// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the user typed, as plain structs: one a subcommand. CLI11 stays behind this header.
#pragma once

#include <stdexcept>
#include <string>
#include <variant>

#include "apps/commands/demo/demo.h"
#include "apps/commands/env/env.h"
#include "apps/commands/measure/measure.h"
#include "apps/commands/power/power.h"
#include "apps/commands/profile/profile_compare.h"
#include "apps/commands/profile/profile_show.h"
#include "apps/commands/simulate/simulate.h"

namespace zeus::apps {

// A command line that can't be: exit code 2. One line, without the program's name.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Help or version: to be printed, nothing else is to be done.
struct ShowText {
  std::string text;
};

using Command = std::variant<ShowText, DemoOptions, EnvOptions, MeasureOptions, PowerOptions,
                             ProfileShowOptions, ProfileCompareOptions, SimulateOptions>;

// Throws UsageError.
[[nodiscard]] Command parse_command_line(int argc, const char* const* argv);

}  // namespace zeus::apps
