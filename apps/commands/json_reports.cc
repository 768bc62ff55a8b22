// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/json_reports.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "zeus/optimizer/selectors.h"

namespace zeus::apps {
namespace {

using Json = nlohmann::ordered_json;

std::string written(const Json& json) {
  // Names come from drivers and files: whatever bytes they have must not stop the output.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
template <class Unit>
Json quantity_or_null(const std::optional<Quantity<Unit>>& quantity) {
  return quantity ? Json(quantity->value()) : Json(nullptr);
}
Json watts_or_null(const std::optional<Watts>& limit) { return quantity_or_null(limit); }
Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json change_json(const Change& change) {
  return {{"energy_saving_percent", change.energy_saving_percent},
          {"slowdown_percent", change.slowdown_percent}};
}

Json settings_json(const SelectorSettings& settings) {
  return {{"eta", settings.eta_knob},
          {"slowdown", settings.slowdown},
          {"world_size", settings.world_size}};
}

Json measurements_json(std::vector<PowerLimitMeasurement> points,
                       const SelectorSettings& settings) {
  Json list = Json::array();
  if (points.empty()) return list;
  const PowerLimitMeasurement highest = highest_limit(points);
  std::ranges::stable_sort(points, std::ranges::greater{}, &PowerLimitMeasurement::power_limit);
  for (const PowerLimitMeasurement& point : points) {
    Json json{{"power_limit_w", point.power_limit.value()},
              {"energy_j", point.energy.value()},
              {"time_s", point.time.value()},
              {"average_power_w", (point.energy / point.time).value()},
              {"cost_j", zeus_cost(point.energy, point.time, settings.eta_knob,
                                   highest.power_limit * settings.world_size)
                             .value()}};
    json.update(change_json(change_between(highest, point)));
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

Json gpu_json(const EnvGpu& gpu) {
  const auto range_end = [&gpu](Watts PowerLimitRange::*end) {
    return gpu.range ? Json(((*gpu.range).*end).value()) : Json(nullptr);
  };
  return {{"index", gpu.driver_index},
          {"visible_index", or_null(gpu.visible_index)},
          {"model", gpu.info.name},
          {"uuid", gpu.info.uuid},
          {"pci_address", gpu.info.pci_address},
          {"architecture", gpu.info.architecture},
          {"mig_enabled", gpu.info.partitioned.has_value()},
          {"energy_counter", gpu.info.has.energy_counter},
          {"min_power_limit_w", range_end(&PowerLimitRange::min)},
          {"max_power_limit_w", range_end(&PowerLimitRange::max)},
          {"default_power_limit_w", watts_or_null(gpu.default_limit)},
          {"requested_power_limit_w", watts_or_null(gpu.requested_limit)},
          {"enforced_power_limit_w", watts_or_null(gpu.enforced_limit)},
          {"problem", text_or_null(gpu.problem)}};
}

Json device_json(const MeasuredDevice& device, Seconds time) {
  std::optional<Joules> energy, dram;
  std::optional<Watts> power;
  if (device.energy) {
    energy = device.energy->energy;
    dram = device.energy->dram;
    if (time > Seconds(0)) power = *energy / time;
  }
  Json json{{"index", device.index}, {"model", device.model}};
  if (device.is_gpu) {
    json["uuid"] = device.uuid;
    json["shorter_than_counter_period"] = device.is_too_short;
  } else {
    json["dram_energy_j"] = quantity_or_null(dram);
  }
  json["energy_j"] = quantity_or_null(energy);
  json["average_power_w"] = quantity_or_null(power);
  return json;
}

Json total_json(const PoweredDevice& device, const DeviceTotal& total) {
  Json json{{"index", device.index},
            {"model", device.model},
            {"energy_j", total.energy.value()},
            {"time_s", total.time.value()},
            {"average_power_w",
             total.time > Seconds(0) ? Json((total.energy / total.time).value()) : Json(nullptr)},
            {"highest_power_w", quantity_or_null(total.highest_power)}};
  if (!device.is_gpu) json["dram_energy_j"] = quantity_or_null(total.dram);
  return json;
}

template <class Gpu>
Json gpus_json(const std::vector<Gpu>& gpus) {
  Json list = Json::array();
  for (const Gpu& gpu : gpus) list.push_back(gpu_json(gpu));
  return list;
}

}  // namespace

std::string to_json(const DemoReport& report) {
  Json limits = Json::array();
  for (const Watts limit : report.limits) limits.push_back(limit.value());
  Json json{
      {"command", "demo"},
      {"simulated", true},
      {"source", report.source},
      {"workload", report.workload},
      {"gpus", gpus_json(report.gpus)},
      {"limits_restored", report.limits_are_back()},
      {"state", state_of(report)},
      {"signal", report.signal != 0 ? Json(report.signal) : Json(nullptr)},
      {"stopped_because", text_or_null(report.stopped_because)},
      {"selector", option_name(report.selector)},
      {"selector_settings", settings_json(report.settings)},
      {"chosen_power_limit_w", watts_or_null(report.chosen)},
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

std::string to_json(const EnvReport& report) {
  Json findings = Json::array();
  for (const Finding& finding : report.findings) {
    findings.push_back({{"what", finding.what}, {"command", text_or_null(finding.command)}});
  }
  Json cpus = Json::array();
  for (const EnvCpu& cpu : report.cpus) {
    cpus.push_back({{"index", cpu.index}, {"model", cpu.name}, {"has_dram", cpu.has_dram}});
  }
  return written({{"command", "env"},
                  {"version", ZEUS_VERSION},
                  {"driver",
                   {{"found", report.driver_problem.empty()},
                    {"version", text_or_null(report.driver_version)},
                    {"simulated", report.is_simulated},
                    {"problem", text_or_null(report.driver_problem)}}},
                  {"rights",
                   {{"root", report.rights.is_root},
                    {"cap_sys_admin", report.rights.has_sys_admin},
                    {"may_set_power_limits", report.rights.has_sys_admin}}},
                  {"cuda_visible_devices", or_null(report.cuda_visible_devices)},
                  {"cuda_device_order", or_null(report.cuda_device_order)},
                  {"gpus", gpus_json(report.gpus)},
                  {"cpus", std::move(cpus)},
                  {"cpu_problem", text_or_null(report.cpu_problem)},
                  {"findings", std::move(findings)}});
}

std::string to_json(const ProfileReport& report) {
  const auto& origin = report.profile.origin;
  return written({{"command", "profile show"},
                  {"file", report.file.string()},
                  {"gpu_model", origin ? Json(origin->gpu_model) : Json(nullptr)},
                  {"gpu_uuids", origin ? Json(origin->gpu_uuids) : Json(nullptr)},
                  {"profile_steps", origin ? Json(origin->profile_steps) : Json(nullptr)},
                  {"selector_settings", settings_json(report.settings)},
                  {"measurements", measurements_json(report.profile.measurements, report.settings)},
                  {"choices", choices_json(report.choices)}});
}

std::string to_json(const MeasureReport& report) {
  Json gpus = Json::array(), cpus = Json::array();
  for (const MeasuredDevice& device : report.devices) {
    (device.is_gpu ? gpus : cpus).push_back(device_json(device, report.time));
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
                  {"total_energy_j", quantity_or_null(report.total_energy())},
                  {"notes", report.notes}});
}

std::string to_json(const PowerReport& report) {
  Json gpus = Json::array(), cpus = Json::array();
  for (std::size_t i = 0; i < report.totals.size(); ++i) {
    const PoweredDevice& device = report.devices[i];
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

std::string to_json(const CompareReport& report) {
  Json files = Json::array();
  for (const ProfileReport& profile : report.profiles) {
    const auto& origin = profile.profile.origin;
    files.push_back({{"file", profile.file.string()},
                     {"gpu_model", origin ? Json(origin->gpu_model) : Json(nullptr)},
                     {"gpu_uuids", origin ? Json(origin->gpu_uuids) : Json(nullptr)},
                     {"profile_steps", origin ? Json(origin->profile_steps) : Json(nullptr)},
                     {"selector_settings", settings_json(profile.settings)},
                     {"choices", choices_json(profile.choices)}});
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
