// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Something that is wrong with a device or its driver, for a person to read and to fix.
#pragma once

#include <string>

#include "zeus/abi.h"

namespace zeus {

struct Problem {
  std::string what;     // one line without a full stop; says what to do where `command` doesn't
  std::string command;  // what fixes it, to be copied into a shell; empty where nothing does
};

// Both as one line, for a log or an exception.
[[nodiscard]] inline std::string one_line(const Problem& problem) {
  return problem.command.empty() ? problem.what
                                 : problem.what + "; fix it with: " + problem.command;
}

}  // namespace zeus
