// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/commands/json_parts.h"
#include "apps/commands/profile/profile.h"

namespace zeus::apps {
namespace {

Json origin_json(const ProfileReport& report) {
  const auto& origin = report.profile.origin;
  return {{"file", report.file.string()},
          {"simulated", origin ? Json(origin->is_simulated) : Json(nullptr)},
          {"gpu_model", origin ? Json(origin->gpu_model) : Json(nullptr)},
          {"gpu_uuids", origin ? Json(origin->gpu_uuids) : Json(nullptr)},
          {"profile_steps", origin ? Json(origin->profile_steps) : Json(nullptr)},
          {"selector_settings", settings_json(report.settings)}};
}

// Against as many steps at the highest limit.
Json profiling_json(const ProfileReport& report) {
  if (report.gains.empty() || !report.profile.origin) return nullptr;
  const SearchGain& gain = report.gains.front();
  return {{"steps", gain.profiling_steps},
          {"extra_energy_j", gain.profiling_energy.value()},
          {"extra_time_s", gain.profiling_time.value()}};
}

}  // namespace

std::string to_json(const ProfileReport& report) {
  Json json{{"command", "profile show"}};
  json.update(origin_json(report));
  json["measurements"] =
      measurements_json(to_measurements(report.profile.measurements), report.settings);
  json["choices"] = choices_json(report.choices);
  for (std::size_t i = 0; i < report.gains.size(); ++i) {
    json["choices"][i]["energy_saving_error_percent"] = 100 * report.gains[i].energy.error;
    json["choices"][i]["slowdown_error_percent"] = 100 * report.gains[i].time.error;
  }
  json["profiling"] = profiling_json(report);
  return written(json);
}

std::string to_json(const CompareReport& report) {
  Json files = Json::array();
  for (const ProfileReport& profile : report.profiles) {
    files.push_back(origin_json(profile));
    files.back()["choices"] = choices_json(profile.choices);
  }
  Json common = Json::array();
  for (const CommonLimit& limit : report.common) {
    Json points = Json::array();
    for (const ComparedPoint& point : limit.points) {
      points.push_back({{"file_index", point.file},
                        {"energy_j", point.energy.value()},
                        {"time_s", point.time.value()},
                        {"energy_change_percent", point.energy_change_percent},
                        {"time_change_percent", point.time_change_percent}});
    }
    common.push_back({{"power_limit_w", limit.power_limit.value()}, {"points", std::move(points)}});
  }
  return written({{"command", "profile compare"},
                  {"files", std::move(files)},
                  {"figures_are", report.is_per_step ? "a step" : "a limit"},
                  {"common_limits", std::move(common)},
                  {"notes", report.notes}});
}

}  // namespace zeus::apps
