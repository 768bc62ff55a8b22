// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/commands/json_parts.h"
#include "apps/commands/power/power.h"

namespace zeus::apps {
namespace {

Json total_json(const DeviceDescription& device, const DeviceTotal& total) {
  Json json{{"index", device.index},
            {"model", device.model},
            {"energy_j", total.energy.value()},
            {"time_s", total.time.value()},
            {"average_power_w",
             total.time > Seconds(0) ? Json((total.energy / total.time).value()) : Json(nullptr)},
            {"highest_power_w", or_null(total.highest_power)}};
  if (!device.is_gpu) json["dram_energy_j"] = or_null(total.dram);
  return json;
}

}  // namespace

std::string to_json(const PowerReport& report) {
  Json gpus = Json::array(), cpus = Json::array();
  for (std::size_t i = 0; i < report.totals.size(); ++i) {
    const DeviceDescription& device = report.devices[i];
    (device.is_gpu ? gpus : cpus).push_back(total_json(device, report.totals[i]));
  }
  return written({{"command", "power"},
                  {"simulated", report.is_simulated},
                  {"time_s", report.time.value()},
                  {"samples", report.samples},
                  {"signal", report.signal != 0 ? Json(report.signal) : Json(nullptr)},
                  {"gpus", std::move(gpus)},
                  {"cpus", std::move(cpus)}});
}

}  // namespace zeus::apps
