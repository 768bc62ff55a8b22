// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus profile show FILE`: what a profile file holds and what the selectors pick from it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/commands/selector_choice.h"
#include "zeus/optimizer/profile_file.h"

namespace zeus::apps {

struct ProfileShowOptions {
  std::filesystem::path file;
  std::vector<SelectorKind> selectors{kAllSelectors.begin(), kAllSelectors.end()};
  SelectorSettings settings;
  std::optional<int> world_size;  // none: the GPUs that the file names, else 1
  bool json = false;
};

struct ProfileReport {
  std::filesystem::path file;
  Profile profile;
  SelectorSettings settings;
  std::vector<SelectorChoice> choices;
};

// "4 x Tesla V100", or only the model where the file doesn't say how many.
[[nodiscard]] std::string gpus_text(const ProfileOrigin& origin);

// Throws ZeusFileError for a file that can't be read or used.
[[nodiscard]] ProfileReport read_profile_report(const ProfileShowOptions& options);

[[nodiscard]] std::string to_json(const ProfileReport& report);

// Prints it; returns the exit code.
int run_profile_show(const ProfileShowOptions& options);

}  // namespace zeus::apps
