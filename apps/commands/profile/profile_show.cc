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
#include "zeus/optimizer/pooled_results.h"

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

// What profiling cost, the same for every choice, and how sure the choices' figures are.
std::string gains_lines(const ProfileReport& report) {
  double energy = 0.0;
  double time = 0.0;
  for (const SearchGain& gain : report.gains) {
    energy = std::max(energy, gain.energy.error);
    time = std::max(time, gain.time.error);
  }
  std::string lines = fmt::format(
      "The choices' figures are known to +-{:.1f} (saved) and +-{:.1f} points (slower).\n",
      100 * energy, 100 * time);
  if (report.gains.empty() || !report.profile.origin) return lines;
  SearchGain cost = report.gains.front();
  cost.payback_steps.reset();
  return lines + describe_costs(cost) + "\n";
}

std::vector<PowerLimitMeasurement> points_of(const Profile& profile) {
  std::vector<PowerLimitMeasurement> points;
  for (const PooledPoint& point : pool(profile.measurements).points) {
    points.push_back(
        {.power_limit = point.setting.power_limit, .energy = point.energy, .time = point.time});
  }
  // As they are in the file, where none is there twice: pooling rounds.
  return points.size() < profile.measurements.size() ? points
                                                     : to_measurements(profile.measurements);
}

std::vector<SearchGain> gains_of(const ProfileReport& report) {
  GainTerms terms{.allowed = {.min = Watts(0), .max = highest_limit(report.points).power_limit}};
  if (report.profile.origin) {
    terms.profile_steps = std::max(1, report.profile.origin->profile_steps);
    terms.warmup_steps = report.profile.origin->warmup_steps;
  }
  std::vector<SearchGain> gains;
  for (const SelectorChoice& choice : report.choices) {
    const KnobSetting setting{.power_limit = choice.power_limit};
    gains.push_back(gain_of(report.profile.measurements, setting, terms).value_or(SearchGain{}));
  }
  return gains;
}

std::string show_text(const ProfileReport& report, bool colours) {
  const auto& points = report.points;
  return fmt::format(
      "{}\n{}\n\n{}\n{}\n{}{}\n", styled(printable(report.file.string()), Look::kBold, colours),
      origin_line(report.profile), limits_table(points, report.settings, report.choices, colours),
      choices_table(report.choices, report.settings, std::nullopt, colours), gains_lines(report),
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
  report.points = points_of(report.profile);
  report.choices = choose(options.selectors, report.settings, report.points);
  report.gains = gains_of(report);
  return report;
}

int run_profile_show(const ProfileOptions& options) {
  const ProfileReport report = read_profile_report(options.files.front(), options);
  print(options.json ? to_json(report) : show_text(report, wants_colours(STDOUT_FILENO)));
  return 0;
}

}  // namespace zeus::apps
