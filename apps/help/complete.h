// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What can be typed next. The shells' scripts (`zeus completion SHELL`) ask the program itself:
//
//   zeus __complete WORD...    the words after "zeus", the last of which is being typed
//
// Each line of the answer is a candidate for the last word, with a tab and a description behind it.
// Two lines are something else: ":files" when a file name is wanted, ":command N" when another
// program's command line begins after N of the words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/help/command_tree.h"

namespace zeus::apps {

inline constexpr std::string_view kCompleteCommand = "__complete";

[[nodiscard]] std::string completions(const CommandEntry& root,
                                      const std::vector<std::string>& words);

}  // namespace zeus::apps
