// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include "apps/commands/profile/profile.h"
#include "apps/commands/profile_tables.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"
#include "zeus/error.h"

namespace zeus::apps {
namespace {

std::string read_file(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  // A folder opens, and fails when it is read.
  if (in && in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (!in.eof() && !in.good()) {
    throw ZeusFileError(fmt::format("profile file '{}' can't be read: {}", file.string(),
                                    std::generic_category().message(errno)));
  }
  if (std::filesystem::is_directory(file)) {
    throw ZeusFileError(fmt::format("profile file '{}' is a folder", file.string()));
  }
  return text.str();
}

std::string origin_line(const Profile& profile) {
  if (!profile.origin) return "The file doesn't say on which GPUs it was measured.";
  return fmt::format("Measured on {}, {} per limit.", gpus_text(*profile.origin),
                     count_of(profile.origin->profile_steps, "step"));
}

std::string show_text(const ProfileReport& report, bool colours) {
  const auto points = to_measurements(report.profile.measurements);
  return fmt::format(
      "{}\n{}\n\n{}\n{}\n{}\n", styled(printable(report.file.string()), Look::kBold, colours),
      origin_line(report.profile), limits_table(points, report.settings, report.choices, colours),
      choices_table(report.choices, report.settings, std::nullopt, colours),
      fmt::format("saved, slower: energy and time against {}.\n"
                  "cost: zeus-cost's, with eta {:g} and {}.",
                  format_limit(highest_limit(points).power_limit), report.settings.eta_knob,
                  count_of(report.settings.world_size, "GPU")));
}

}  // namespace

std::string gpus_text(const ProfileOrigin& origin) {
  const std::string model = printable(origin.gpu_model);
  return fmt::format("{} x {}{}", origin.gpu_uuids.size(), model,
                     origin.is_simulated ? " (SIMULATED)" : "");
}

ProfileReport read_profile_report(const std::filesystem::path& file,
                                  const ProfileOptions& options) {
  ProfileReport report;
  report.file = file;
  report.profile = parse_profile(read_file(file), file.string());
  int world_size = 1;
  if (report.profile.origin) {
    world_size = static_cast<int>(report.profile.origin->gpu_uuids.size());
  }
  report.settings = options.settings;
  report.settings.world_size = options.world_size.value_or(world_size);
  report.choices =
      choose(options.selectors, report.settings, to_measurements(report.profile.measurements));
  return report;
}

int run_profile_show(const ProfileOptions& options) {
  const ProfileReport report = read_profile_report(options.files.front(), options);
  print(options.json ? to_json(report) : show_text(report, wants_colours(STDOUT_FILENO)));
  return 0;
}

}  // namespace zeus::apps
