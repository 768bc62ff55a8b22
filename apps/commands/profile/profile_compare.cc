// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "apps/commands/profile/profile.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"
#include "apps/terminal/text_table.h"

namespace zeus::apps {
namespace {

const ProbeResult* find_setting(const std::vector<ProbeResult>& points,
                                const KnobSetting& setting) {
  const auto found = std::ranges::find(points, setting, &ProbeResult::setting);
  return found == points.end() ? nullptr : &*found;
}

bool tells_steps(const ProfileReport& report) {
  return report.profile.origin && report.profile.origin->profile_steps > 0;
}

std::string number_of_file(std::size_t file) { return fmt::format("file {}", file + 1); }

std::string list_of(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

void note_differences(CompareReport& report) {
  const auto& first = report.profiles.front().profile.origin;
  std::vector<std::string> models, counts, silent;
  for (std::size_t i = 0; i < report.profiles.size(); ++i) {
    const auto& origin = report.profiles[i].profile.origin;
    if (!origin) {
      silent.push_back(number_of_file(i));
    } else if (first && origin->gpu_model != first->gpu_model) {
      models.push_back(fmt::format("{} ({})", number_of_file(i), origin->gpu_model));
    } else if (first && origin->gpu_uuids.size() != first->gpu_uuids.size()) {
      counts.push_back(fmt::format("{} ({})", number_of_file(i), origin->gpu_uuids.size()));
    }
  }
  if (!models.empty()) {
    report.notes.push_back(
        fmt::format("Different GPU models: {} against {} of file 1. The differences are of the "
                    "GPUs as much as of the jobs.",
                    list_of(models), first->gpu_model));
  }
  if (!counts.empty()) {
    report.notes.push_back(
        fmt::format("Different numbers of GPUs: {} against {} of file 1. Energies are of all GPUs.",
                    list_of(counts), first->gpu_uuids.size()));
  }
  if (!silent.empty()) {
    report.notes.push_back(
        fmt::format("Not said by {}: on which GPUs and over how many steps. Whether the jobs are "
                    "alike is not known.",
                    list_of(silent)));
  }
}

std::vector<CommonLimit> common_limits(const CompareReport& report) {
  std::vector<CommonLimit> common;
  for (const ProbeResult& of_first : report.profiles.front().profile.measurements) {
    CommonLimit limit{.power_limit = of_first.setting.power_limit, .points = {}};
    for (std::size_t i = 0; i < report.profiles.size(); ++i) {
      const Profile& profile = report.profiles[i].profile;
      const auto* const point = find_setting(profile.measurements, of_first.setting);
      if (point == nullptr) continue;
      const double steps = report.is_per_step ? profile.origin->profile_steps : 1;
      ComparedPoint compared{
          .file = i, .energy = point->energy / steps, .time = point->time / steps};
      if (i > 0) {
        const ComparedPoint& base = limit.points.front();
        compared.energy_change_percent = 100 * (compared.energy / base.energy - 1);
        compared.time_change_percent = 100 * (compared.time / base.time - 1);
      }
      limit.points.push_back(compared);
    }
    if (limit.points.size() > 1) common.push_back(std::move(limit));
  }
  std::ranges::stable_sort(common, std::ranges::greater{}, &CommonLimit::power_limit);
  return common;
}

std::string files_table(const CompareReport& report, bool colours) {
  TextTable table({{""}, {"file", Align::kLeft}, {"GPUs", Align::kLeft}, {"steps"}, {"limits"}});
  for (std::size_t i = 0; i < report.profiles.size(); ++i) {
    const ProfileReport& profile = report.profiles[i];
    const auto& origin = profile.profile.origin;
    table.add_row({std::to_string(i + 1), printable(profile.file.string()),
                   origin ? gpus_text(*origin) : "not said",
                   origin ? std::to_string(origin->profile_steps) : "-",
                   std::to_string(profile.profile.measurements.size())});
  }
  return table.text(colours);
}

// One row a selector, one column a file.
std::string selectors_table(const CompareReport& report, bool colours) {
  std::vector<Column> columns{{"selector", Align::kLeft}};
  for (std::size_t i = 0; i < report.profiles.size(); ++i) columns.push_back({number_of_file(i)});
  TextTable table(std::move(columns));
  const ProfileReport& first = report.profiles.front();
  for (std::size_t row = 0; row < first.choices.size(); ++row) {
    std::vector<std::string> cells{title(first.choices[row].kind, first.settings)};
    bool agree = true;
    for (const ProfileReport& profile : report.profiles) {
      const SelectorChoice& choice = profile.choices[row];
      agree = agree && same_limit(choice.power_limit, first.choices[row].power_limit);
      cells.push_back(format_limit(choice.power_limit));
    }
    table.add_row(std::move(cells), agree ? Look::kPlain : Look::kWarning);
  }
  return table.text(colours);
}

std::string common_table(const CompareReport& report, bool colours) {
  Joules most_energy;
  Seconds longest;
  for (const CommonLimit& limit : report.common) {
    for (const ComparedPoint& point : limit.points) {
      most_energy = std::max(most_energy, point.energy);
      longest = std::max(longest, point.time);
    }
  }
  const NumberFormat energy = NumberFormat::for_energy(most_energy);
  const NumberFormat time = NumberFormat::for_time(longest);
  TextTable table({{"limit"}, {"file"}, {"energy"}, {"time"}, {"more energy"}, {"more time"}});
  for (const CommonLimit& limit : report.common) {
    for (const ComparedPoint& point : limit.points) {
      const bool is_first = point.file == 0;
      table.add_row({is_first ? format_limit(limit.power_limit) : "",
                     std::to_string(point.file + 1), energy(point.energy), time(point.time),
                     is_first ? "" : format_percent(point.energy_change_percent),
                     is_first ? "" : format_percent(point.time_change_percent)});
    }
  }
  return table.text(colours);
}

std::string compare_text(const CompareReport& report, bool colours) {
  const auto heading = [colours](const std::string& text) {
    return "\n" + styled(text, Look::kBold, colours) + "\n";
  };
  std::string text = files_table(report, colours);
  for (const std::string& note : report.notes) {
    text += "- " + wrapped(printable(note), "  ") + "\n";
  }
  if (!report.profiles.front().choices.empty()) {
    text += heading("What each selector picks") + selectors_table(report, colours);
  }
  if (report.common.empty()) return text + "\nNo power limit of file 1 is in another file.\n";
  return text +
         heading(report.is_per_step ? "At the limits that file 1 and others have, a step"
                                    : "At the limits that file 1 and others have") +
         common_table(report, colours);
}

CompareReport compare_profiles(const ProfileOptions& options) {
  CompareReport report;
  for (const std::filesystem::path& file : options.files) {
    report.profiles.push_back(read_profile_report(file, options));
  }
  report.is_per_step = std::ranges::all_of(report.profiles, tells_steps);
  note_differences(report);
  report.common = common_limits(report);
  return report;
}

}  // namespace

int run_profile_compare(const ProfileOptions& options) {
  const CompareReport report = compare_profiles(options);
  print(options.json ? to_json(report) : compare_text(report, wants_colours(STDOUT_FILENO)));
  return 0;
}

}  // namespace zeus::apps
