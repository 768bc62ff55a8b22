// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus profile compare FILE…`: several profile files side by side, the first as the measure of
// the others.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/commands/profile/profile_show.h"

namespace zeus::apps {

struct ProfileCompareOptions {
  std::vector<std::filesystem::path> files;  // two or more
  ProfileShowOptions show;                   // what each is looked at by
};

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

// Throws ZeusFileError for a file that can't be read or used.
[[nodiscard]] CompareReport compare_profiles(const ProfileCompareOptions& options);

[[nodiscard]] std::string to_json(const CompareReport& report);

// Prints it; returns the exit code.
int run_profile_compare(const ProfileCompareOptions& options);

}  // namespace zeus::apps
