// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/profile_file.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "zeus/error.h"
#include "zeus/monitor/plausibility.h"

namespace zeus {
namespace {

// Ordered: people read these files.
using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 2;
constexpr const char* kWhatToDo = "delete it or give another profile_path";

// 250, not 250.0: whole watts are integers in the Python package's files.
Json json_watts(Watts power) {
  if (to_milliwatts(power) % 1000 == 0) return to_milliwatts(power) / 1000;
  return power.value();
}

double positive_number(const Json& object, const char* key) {
  const double value = object.at(key).get<double>();
  if (!object.at(key).is_number() || !(value > 0.0) || !std::isfinite(value)) {
    throw ZeusValueError(fmt::format("\"{}\" is not a positive number", key));
  }
  return value;
}

// Whole milliwatts, as drivers have limits.
Watts power_limit(const Json& object, const char* key) {
  constexpr double kMost = 1e6;
  const double milliwatts = std::round(positive_number(object, key) * 1000);
  if (milliwatts < 1 || milliwatts > kMost * 1000) {
    throw ZeusValueError(fmt::format("\"{}\" is no power limit in watts", key));
  }
  return Watts(milliwatts / 1000);
}

// 0 where the file doesn't say.
double error_if_any(const Json& point, const char* key) {
  if (!point.contains(key)) return 0.0;
  const double value = point.at(key).get<double>();
  if (!(value >= 0.0) || !std::isfinite(value)) {
    throw ZeusValueError(fmt::format("\"{}\" is not a number of at least 0", key));
  }
  return value;
}

std::optional<MegaHertz> locked_clock_if_any(const Json& point) {
  if (!point.contains("locked_clock")) return std::nullopt;
  return MegaHertz(positive_number(point, "locked_clock"));
}

LongSteps long_steps_if_any(const Json& point) {
  if (!point.contains("long_steps")) return {};
  const Json& found = point.at("long_steps");
  return {.share = error_if_any(found, "share"),
          .times = error_if_any(found, "times"),
          .are_counted = found.at("counted").get<bool>()};
}

ProbeResult parse_measurement(const Json& point) {
  return {.setting = {.power_limit = power_limit(point, "power_limit"),
                      .locked_clock = locked_clock_if_any(point)},
          .energy = Joules(positive_number(point, "energy")),
          .time = Seconds(positive_number(point, "time")),
          .energy_error = Joules(error_if_any(point, "energy_error")),
          .time_error = Seconds(error_if_any(point, "time_error")),
          .steps = point.contains("steps") ? point.at("steps").get<int>() : 0,
          .long_steps = long_steps_if_any(point),
          .drifts = point.contains("drifts") && point.at("drifts").get<bool>(),
          .is_sure = !point.contains("sure") || point.at("sure").get<bool>()};
}

Json json_measurement(const ProbeResult& result) {
  Json point{{"power_limit", json_watts(result.setting.power_limit)},
             {"energy", result.energy.value()},
             {"time", result.time.value()}};
  if (result.setting.locked_clock) point["locked_clock"] = result.setting.locked_clock->value();
  // Not known of what an older file says.
  if (result.steps > 0) {
    point["energy_error"] = result.energy_error.value();
    point["time_error"] = result.time_error.value();
    point["steps"] = result.steps;
  }
  if (result.long_steps.share > 0.0) {
    point["long_steps"] = {{"share", result.long_steps.share},
                           {"times", result.long_steps.times},
                           {"counted", result.long_steps.are_counted}};
  }
  if (result.drifts) point["drifts"] = true;
  if (!result.is_sure) point["sure"] = false;
  return point;
}

ProfileOrigin parse_origin(const Json& json) {
  const Json& range = json.at("power_limit_range");
  const Json& settings = json.at("settings");
  return {.gpu_model = json.at("gpu_model").get<std::string>(),
          .gpu_uuids = json.at("gpu_uuids").get<std::vector<std::string>>(),
          .range = {power_limit(range, "min"), power_limit(range, "max")},
          .warmup_steps = settings.at("warmup_steps").get<int>(),
          .profile_steps = settings.at("profile_steps").get<int>(),
          .pl_step = power_limit(settings, "pl_step"),
          // Files of earlier versions don't say.
          .is_simulated = json.contains("simulated") && json.at("simulated").get<bool>()};
}

Profile parse(std::string_view text) {
  const Json json = Json::parse(text);
  Profile profile;
  if (json.contains("format_version")) {
    const int version = json.at("format_version").get<int>();
    if (version > kFormatVersion) {
      throw ZeusValueError(
          fmt::format("its format_version {} is newer than this program", version));
    }
    profile.origin = parse_origin(json);
    if (profile.origin->gpu_uuids.empty()) throw ZeusValueError("it names no GPU");
  }
  for (const Json& point : json.at("measurements")) {
    profile.measurements.push_back(parse_measurement(point));
  }
  if (profile.measurements.empty()) throw ZeusValueError("it has no measurements");
  return profile;
}

}  // namespace

std::string to_json(const Profile& profile) {
  Json json;
  json["measurements"] = Json::array();
  for (const ProbeResult& result : profile.measurements) {
    json["measurements"].push_back(json_measurement(result));
  }
  if (profile.origin) {
    const ProfileOrigin& origin = *profile.origin;
    json["format_version"] = kFormatVersion;
    json["gpu_model"] = origin.gpu_model;
    json["gpu_uuids"] = origin.gpu_uuids;
    json["simulated"] = origin.is_simulated;
    json["power_limit_range"] = {{"min", json_watts(origin.range.min)},
                                 {"max", json_watts(origin.range.max)}};
    json["settings"] = {{"warmup_steps", origin.warmup_steps},
                        {"profile_steps", origin.profile_steps},
                        {"pl_step", json_watts(origin.pl_step)}};
  }
  // A GPU's name comes from its driver: whatever bytes it has must not stop the file.
  return json.dump(4, ' ', false, Json::error_handler_t::replace) + "\n";
}

Profile parse_profile(std::string_view text, const std::string& name) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    throw ZeusFileError(fmt::format("profile file '{}' is empty; {}", name, kWhatToDo));
  }
  try {
    return parse(text);
  } catch (const Json::exception& error) {
    throw ZeusFileError(
        fmt::format("profile file '{}' is damaged: {}; {}", name, error.what(), kWhatToDo));
  } catch (const ZeusValueError& error) {
    throw ZeusFileError(
        fmt::format("profile file '{}' can't be used: {}; {}", name, error.what(), kWhatToDo));
  }
}

void require_profile_fits(const Profile& profile, const ProfileOrigin& here,
                          const std::string& name) {
  const PowerLimitRange range = here.range;
  if (profile.origin && profile.origin->gpu_model != here.gpu_model) {
    throw ZeusFileError(fmt::format("profile file '{}' was measured on {}, this is {}; {}", name,
                                    profile.origin->gpu_model, here.gpu_model, kWhatToDo));
  }
  if (profile.origin && profile.origin->is_simulated && !here.is_simulated) {
    throw ZeusFileError(fmt::format(
        "profile file '{}' was measured on simulated GPUs, these are real; {}", name, kWhatToDo));
  }
  if (profile.origin && profile.origin->range != range) {
    throw ZeusFileError(
        fmt::format("profile file '{}' was measured with power limits of {:g}-{:g} W, here they "
                    "are {:g}-{:g} W; {}",
                    name, profile.origin->range.min.value(), profile.origin->range.max.value(),
                    range.min.value(), range.max.value(), kWhatToDo));
  }
  for (const ProbeResult& point : profile.measurements) {
    if (range.contains(point.setting.power_limit)) continue;
    throw ZeusFileError(fmt::format(
        "profile file '{}' has a power limit of {:g} W, out of this GPU's range of {:g}-{:g} W; {}",
        name, point.setting.power_limit.value(), range.min.value(), range.max.value(), kWhatToDo));
  }
}

ProfileForJob profile_for_job(const Profile& profile, std::size_t gpu_count,
                              const std::string& name) {
  ProfileForJob found{.measurements = profile.measurements};
  const auto count = static_cast<double>(gpu_count);
  if (profile.origin) {
    const std::size_t before = profile.origin->gpu_uuids.size();
    if (before == gpu_count) return found;
    found.scaled_from = before;
    const double factor = count / static_cast<double>(before);
    for (ProbeResult& point : found.measurements) {
      point.energy = point.energy * factor;
      point.energy_error = point.energy_error * factor;
    }
    return found;
  }
  for (const ProbeResult& point : found.measurements) {
    const Watts drawn = point.energy / point.time;
    const Watts most = point.setting.power_limit * kMostMeanOverLimit;
    if (drawn <= most * count) continue;
    throw ZeusFileError(fmt::format(
        "profile file '{}' has a mean power of {:.0f} W at a limit of {:g} W, so it was measured "
        "on {} GPUs or more, and this job has {}; {}",
        name, drawn.value(), point.setting.power_limit.value(),
        static_cast<int>(std::ceil(drawn / most)), gpu_count, kWhatToDo));
  }
  return found;
}

}  // namespace zeus
