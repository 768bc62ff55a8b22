// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus profile show FILE`: what a profile file holds and what the selectors pick from it.
// `zeus profile compare FILE...`: several files side by side, the first as the measure of the
// others.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/commands/selector_choice.h"
#include "zeus/optimizer/profile_file.h"
#include "zeus/optimizer/search_gain.h"

namespace zeus::apps {

struct ProfileOptions {
  std::vector<std::filesystem::path> files;  // to show: one; to compare: two or more
  std::vector<SelectorKind> selectors{kAllSelectors.begin(), kAllSelectors.end()};
  SelectorSettings settings;
  std::optional<int> world_size;  // none: the GPUs that the file names, else 1
  bool json = false;
};

struct ProfileReport {
  std::filesystem::path file;
  Profile profile;
  SelectorSettings settings;
  std::vector<PowerLimitMeasurement>
      points;  // one a limit: those of a limit measured twice are one
  std::vector<SelectorChoice> choices;
  std::vector<SearchGain> gains;  // of each choice
};

// "4 x Tesla V100", or only the model where the file doesn't say how many.
[[nodiscard]] std::string gpus_text(const ProfileOrigin& origin);

// Throws ZeusFileError for a file that can't be read or used.
[[nodiscard]] ProfileReport read_profile_report(const std::filesystem::path& file,
                                                const ProfileOptions& options);

// A file's figures at a limit. Changes are against the first file's: positive is more.
struct ComparedPoint {
  std::size_t file = 0;  // its place in CompareReport::profiles
  Joules energy;
  Seconds time;
  double energy_change_percent = 0;
  double time_change_percent = 0;
};

// A limit that the first file and another have; the first file's point comes first.
struct CommonLimit {
  Watts power_limit;
  std::vector<ComparedPoint> points;
};

struct CompareReport {
  std::vector<ProfileReport> profiles;
  bool is_per_step = false;         // the figures are a step, not a limit's measurement
  std::vector<CommonLimit> common;  // highest limit first
  std::vector<std::string> notes;   // what makes the files hard to compare
};

[[nodiscard]] std::string to_json(const ProfileReport& report);
[[nodiscard]] std::string to_json(const CompareReport& report);

// Print it; return the exit code. They throw as read_profile_report() does.
int run_profile_show(const ProfileOptions& options);
int run_profile_compare(const ProfileOptions& options);

}  // namespace zeus::apps
