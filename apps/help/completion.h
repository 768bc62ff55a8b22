// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus completion SHELL`: a script that completes commands, options and their values.
#pragma once

#include <string>
#include <vector>

#include "apps/help/command_tree.h"

namespace zeus::apps {

[[nodiscard]] std::vector<std::string> completion_shells();

// `shell` is one of completion_shells().
[[nodiscard]] std::string completion_script(const CommandEntry& root, const std::string& shell);

[[nodiscard]] std::string bash_completion(const CommandEntry& root);
[[nodiscard]] std::string zsh_completion(const CommandEntry& root);
[[nodiscard]] std::string fish_completion(const CommandEntry& root);

}  // namespace zeus::apps
