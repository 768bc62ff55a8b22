// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/commands/json_parts.h"
#include "apps/commands/measure/measure.h"

namespace zeus::apps {
namespace {

Json device_json(const MeasuredDevice& device, Seconds time) {
  std::optional<Watts> power;
  if (device.energy && time > Seconds(0)) power = *device.energy / time;
  Json json{{"index", device.what.index}, {"model", device.what.model}};
  if (device.what.is_gpu) {
    json["uuid"] = device.what.uuid;
    json["shorter_than_counter_period"] = device.is_too_short;
  } else {
    json["dram_energy_j"] = or_null(device.dram);
  }
  json["energy_j"] = or_null(device.energy);
  json["average_power_w"] = or_null(power);
  return json;
}

}  // namespace

std::string to_json(const MeasureReport& report) {
  Json gpus = Json::array(), cpus = Json::array();
  for (const MeasuredDevice& device : report.devices) {
    (device.what.is_gpu ? gpus : cpus).push_back(device_json(device, report.time));
  }
  return written({{"command", "measure"},
                  {"arguments", report.command},
                  {"simulated", report.is_simulated},
                  {"start_time_s", report.start_time.value()},
                  {"time_s", report.time.value()},
                  {"exit_status", report.end.signal ? Json(nullptr) : Json(report.end.exit_code)},
                  {"signal", or_null(report.end.signal)},
                  {"gpus", std::move(gpus)},
                  {"cpus", std::move(cpus)},
                  {"total_energy_j", or_null(report.total_energy())},
                  {"notes", report.notes}});
}

}  // namespace zeus::apps
