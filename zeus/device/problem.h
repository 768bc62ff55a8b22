// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Something that is wrong with a device or its driver, for a person to read and to fix.
#pragma once

#include <string>

namespace zeus {

struct Problem {
  std::string what;     // one line: what is wrong, and what to do where no single command does it
  std::string command;  // what fixes it, to be copied into a shell; empty where nothing does
};

}  // namespace zeus
