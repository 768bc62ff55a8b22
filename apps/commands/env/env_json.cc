// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "apps/commands/env/env.h"
#include "apps/commands/json_parts.h"

namespace zeus::apps {
namespace {

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
          {"default_power_limit_w", or_null(gpu.default_limit)},
          {"requested_power_limit_w", or_null(gpu.requested_limit)},
          {"enforced_power_limit_w", or_null(gpu.enforced_limit)},
          {"problem", or_null(gpu.problem)}};
}

}  // namespace

std::string to_json(const EnvReport& report) {
  Json gpus = Json::array();
  for (const EnvGpu& gpu : report.gpus) gpus.push_back(gpu_json(gpu));
  Json findings = Json::array();
  for (const Finding& finding : report.findings) {
    findings.push_back({{"what", finding.what}, {"command", or_null(finding.command)}});
  }
  Json cpus = Json::array();
  for (const EnvCpu& cpu : report.cpus) {
    cpus.push_back({{"index", cpu.index}, {"model", cpu.name}, {"has_dram", cpu.has_dram}});
  }
  return written({{"command", "env"},
                  {"version", ZEUS_VERSION},
                  {"driver",
                   {{"found", report.driver_problem.empty()},
                    {"version", or_null(report.driver_version)},
                    {"simulated", report.is_simulated},
                    {"problem", or_null(report.driver_problem)}}},
                  {"rights",
                   {{"root", report.rights.is_root},
                    {"cap_sys_admin", report.rights.has_sys_admin},
                    {"daemon", or_null(report.rights.daemon)},
                    {"may_set_power_limits", may_set_limits(report.rights)}}},
                  {"cuda_visible_devices", or_null(report.cuda_visible_devices)},
                  {"cuda_device_order", or_null(report.cuda_device_order)},
                  {"gpus", std::move(gpus)},
                  {"cpus", std::move(cpus)},
                  {"cpu_problem", or_null(report.cpu_problem)},
                  {"findings", std::move(findings)}});
}

}  // namespace zeus::apps
