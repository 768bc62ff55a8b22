// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/commands/demo/demo_report.h"
#include "apps/commands/json_parts.h"

namespace zeus::apps {
namespace {

Json spent_json(const Spent& spent) {
  return {
      {"steps", spent.steps}, {"energy_j", spent.energy.value()}, {"time_s", spent.time.value()}};
}

// `spent` beside as many steps at the prior limits.
Json compared_json(const Spent& spent, const std::optional<Spent>& without) {
  Json json = spent_json(spent);
  if (without) json.update(change_json(change_a_step(*without, spent)));
  return json;
}

const char* state_of(const DemoReport& report) {
  if (report.signal != 0) return "interrupted";
  if (!report.stopped_because.empty()) return "stopped";
  return report.chosen ? "done" : "unfinished";
}

Json gpu_json(const DemoGpu& gpu) {
  return {{"index", gpu.index},
          {"model", gpu.model},
          {"uuid", gpu.uuid},
          {"prior_power_limit_w", gpu.prior_limit.value()},
          {"final_power_limit_w", gpu.final_limit.value()}};
}

}  // namespace

std::string to_json(const DemoReport& report) {
  Json limits = Json::array();
  for (const Watts limit : report.limits) limits.push_back(limit.value());
  Json gpus = Json::array();
  for (const DemoGpu& gpu : report.gpus) gpus.push_back(gpu_json(gpu));
  Json json{
      {"command", "demo"},
      {"simulated", true},
      {"source", report.source},
      {"workload", report.workload},
      {"gpus", std::move(gpus)},
      {"limits_restored", report.limits_are_back()},
      {"state", state_of(report)},
      {"signal", report.signal != 0 ? Json(report.signal) : Json(nullptr)},
      {"stopped_because", or_null(report.stopped_because)},
      {"selector", option_name(report.selector)},
      {"selector_settings", settings_json(report.settings)},
      {"chosen_power_limit_w", or_null(report.chosen)},
      {"profile_steps", report.profile_steps},
      {"power_limits_w", std::move(limits)},
      {"measurements", measurements_json(report.measurements, report.settings)},
      {"choices", choices_json(report.choices)},
      {"whole_run", compared_json(report.with_zeus, report.without_zeus)},
      {"after_choice", report.after_choice
                           ? compared_json(*report.after_choice, report.without_zeus)
                           : Json(nullptr)},
      {"without_zeus", report.without_zeus ? spent_json(*report.without_zeus) : Json(nullptr)}};
  return written(json);
}

}  // namespace zeus::apps
