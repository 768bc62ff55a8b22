// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/commands/check/check.h"
#include "apps/commands/json_parts.h"

namespace zeus::apps {
namespace {

Json calls_json(const std::optional<CallTimes>& calls) {
  if (!calls) return nullptr;
  return {{"median_s", calls->median.value()},
          {"p99_s", calls->p99.value()},
          {"longest_s", calls->longest.value()}};
}

Json ticks_json(const std::optional<SensorTicks>& ticks, const char* least_step) {
  if (!ticks) return nullptr;
  return {{"count", ticks->count},
          {"period_s", ticks->period.value()},
          {"jitter_s", ticks->jitter.value()},
          {least_step, ticks->least_step},
          {"is_resolved", ticks->is_resolved}};
}

Json sensor_json(const std::optional<SensorReport>& sensor, bool is_power) {
  if (!sensor) return nullptr;
  Json json{{"readings", sensor->readings},
            {"failed", sensor->failed},
            {"problem", or_null(sensor->problem)},
            {"call", calls_json(sensor->calls)},
            {"ticks", ticks_json(sensor->ticks, is_power ? "least_step_w" : "least_step_j")}};
  if (!is_power) return json;
  json["averaging_s"] = or_null(sensor->fit ? std::optional(sensor->fit->averaging) : std::nullopt);
  json["lag_s"] = or_null(sensor->fit ? std::optional(sensor->fit->lag) : std::nullopt);
  json["explained"] = or_null(sensor->fit ? std::optional(sensor->fit->explained) : std::nullopt);
  json["counter_over_power"] = or_null(sensor->counter_over_power);
  return json;
}

Json gpu_json(const CheckedGpu& gpu) {
  Json clocks;
  if (gpu.clocks) {
    clocks = {{"lowest_mhz", gpu.clocks->lowest_mhz},
              {"highest_mhz", gpu.clocks->highest_mhz},
              {"count", gpu.clocks->count}};
  }
  const auto window = [&gpu](Seconds ShortestWindow::*which) {
    return gpu.window ? Json(((*gpu.window).*which).value()) : Json(nullptr);
  };
  const auto limit = [&gpu](Watts PowerLimitRange::*end) {
    return gpu.settable ? Json(((*gpu.settable).*end).value()) : Json(nullptr);
  };
  return {{"index", gpu.index},
          {"model", gpu.info.name},
          {"uuid", gpu.info.uuid},
          {"energy_counter", sensor_json(gpu.counter, false)},
          {"instant_power", sensor_json(gpu.instant_power, true)},
          {"average_power", sensor_json(gpu.average_power, true)},
          {"window_for_1_percent_typical_s", window(&ShortestWindow::typical)},
          {"window_for_1_percent_sure_s", window(&ShortestWindow::sure)},
          {"power_limit_w", or_null(gpu.limit)},
          {"min_settable_power_limit_w", limit(&PowerLimitRange::min)},
          {"max_settable_power_limit_w", limit(&PowerLimitRange::max)},
          {"lockable_clocks", std::move(clocks)}};
}

}  // namespace

std::string to_json(const CheckReport& report) {
  Json gpus = Json::array();
  for (const CheckedGpu& gpu : report.gpus) gpus.push_back(gpu_json(gpu));
  return written({{"command", "check"},
                  {"version", ZEUS_VERSION},
                  {"driver_version", or_null(report.driver_version)},
                  {"simulated", report.is_simulated},
                  {"may_set_power_limits", report.may_set_limits || !report.daemon.empty()},
                  {"daemon", or_null(report.daemon)},
                  {"time_s", report.time.value()},
                  {"gpus", std::move(gpus)},
                  {"findings", report.findings}});
}

}  // namespace zeus::apps
