// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/json_parts.h"

#include <nlohmann/json.hpp>

namespace zeus::apps {

std::string written(const Json& json) {
  // Names come from drivers and files: whatever bytes they have must not stop the output.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json or_null(const std::optional<int>& number) { return number ? Json(*number) : Json(nullptr); }

Json or_null(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }

Json or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json change_json(const Change& change) {
  return {{"energy_saving_percent", change.energy_saving_percent},
          {"slowdown_percent", change.slowdown_percent}};
}

Json settings_json(const SelectorSettings& settings) {
  return {{"eta", settings.eta_knob},
          {"slowdown", settings.slowdown},
          {"world_size", settings.world_size}};
}

Json measurements_json(std::span<const PowerLimitMeasurement> points,
                       const SelectorSettings& settings) {
  Json list = Json::array();
  for (const LimitFigures& point : limit_figures(points, settings)) {
    Json json{{"power_limit_w", point.limit.value()},
              {"energy_j", point.energy.value()},
              {"time_s", point.time.value()},
              {"average_power_w", point.power.value()},
              {"cost_j", point.cost.value()}};
    json.update(change_json(point.change));
    list.push_back(std::move(json));
  }
  return list;
}

Json choices_json(const std::vector<SelectorChoice>& choices) {
  Json list = Json::array();
  for (const SelectorChoice& choice : choices) {
    Json json{{"selector", option_name(choice.kind)},
              {"power_limit_w", choice.power_limit.value()}};
    json.update(change_json(choice.change));
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace zeus::apps
