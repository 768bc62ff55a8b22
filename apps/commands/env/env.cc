// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/env/env.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>

#include "apps/command_line.h"
#include "apps/commands/chosen_devices.h"
#include "apps/commands/commands.h"
#include "apps/option_kinds.h"
#include "apps/process/collected_warnings.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"
#include "zeus/error.h"
#include "zeus/machine.h"

namespace zeus::apps {
namespace {

std::optional<std::string> environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

// Reads one quantity; what the driver refuses is remembered once.
template <class Quantity>
std::optional<Quantity> read(bool has, std::string& problem,
                             const std::function<Quantity()>& reader) {
  if (!has) return std::nullopt;
  try {
    return reader();
  } catch (const ZeusBaseGPUError& error) {
    if (problem.empty()) problem = error.what();
    return std::nullopt;
  }
}

EnvGpu inspect_gpu(const std::shared_ptr<const Gpu>& device) {
  const Gpu& gpu = *device;
  EnvGpu found;
  found.device = device;
  found.info = gpu.info();
  const GpuCapabilities& has = found.info.has;
  std::string& problem = found.problem;
  found.requested_limit =
      read<Watts>(has.power_limit, problem, [&gpu] { return gpu.power_limit(); });
  found.range =
      read<PowerLimitRange>(has.power_limit, problem, [&gpu] { return gpu.power_limit_range(); });
  found.default_limit =
      read<Watts>(has.default_power_limit, problem, [&gpu] { return gpu.default_power_limit(); });
  found.enforced_limit =
      read<Watts>(has.enforced_power_limit, problem, [&gpu] { return gpu.enforced_power_limit(); });
  return found;
}

std::string name_of(const EnvGpu& gpu) { return fmt::format("GPU {}", gpu.driver_index); }

// What the optimizer would make of it: it sets what is asked for, and starts from that.
Finding held_down(const EnvGpu& gpu) {
  const std::string enforced = format_limit(*gpu.enforced_limit);
  const std::string requested = format_limit(*gpu.requested_limit);
  Finding finding{fmt::format("{} is held to {} by its board or host, below the {} asked for. "
                              "The optimizer explores no limit above {}.",
                              name_of(gpu), enforced, requested, enforced),
                  ""};
  return finding;
}

void find_in_gpu(const EnvGpu& gpu, std::vector<Finding>& findings) {
  if (gpu.info.unavailable) return;  // among its back end's problems
  if (!gpu.problem.empty()) {
    findings.push_back({fmt::format("{}: {}", name_of(gpu), gpu.problem), ""});
  }
  if (gpu.info.partitioned) {
    findings.push_back({fmt::format("{} is refused: {}.", name_of(gpu), gpu.info.partitioned->what),
                        gpu.info.partitioned->command});
  }
  // Where there is an entry it is known whose limit that is, and what comes back isn't the default.
  if (!gpu.is_journaled && gpu.requested_limit && gpu.default_limit &&
      *gpu.requested_limit < *gpu.default_limit) {
    findings.push_back(
        {fmt::format("{} has a power limit of {}, below its default of {}: somebody's choice, or "
                     "left behind by a program that was killed and had no guard.",
                     name_of(gpu), format_limit(*gpu.requested_limit),
                     format_limit(*gpu.default_limit)),
         gpu.device->restore_command(*gpu.default_limit)});
  }
  if (gpu.requested_limit && gpu.enforced_limit && *gpu.enforced_limit < *gpu.requested_limit) {
    findings.push_back(held_down(gpu));
  }
  if (!gpu.info.has.power_limit) {
    findings.push_back(
        {fmt::format("{} has no power limit that could be set: zeus can only measure it.",
                     name_of(gpu)),
         ""});
  }
  if (!gpu.info.has.energy_counter) {
    findings.push_back(
        {has_power(gpu.info)
             ? fmt::format("{} has no energy counter: energy is found by sampling power.",
                           name_of(gpu))
             : fmt::format("{} reports neither energy nor power: zeus can't measure it. Leave it "
                           "out with gpu_indices or CUDA_VISIBLE_DEVICES.",
                           name_of(gpu)),
         ""});
  }
}

Finding missing_right(const Rights& rights) {
  const std::string what =
      "Power limits can't be set: that needs CAP_SYS_ADMIN. Measuring works without.";
  if (rights.is_root) return {what, "docker run --cap-add SYS_ADMIN ..."};
  return {what, "sudo env \"PATH=$PATH\" <your training command>"};
}

void find_problems(const Machine& machine, BackEnd::Kind kind, std::vector<Finding>& findings) {
  for (const BackEnd& back_end : machine.back_ends()) {
    if (back_end.kind != kind) continue;
    findings.insert(findings.end(), back_end.problems.begin(), back_end.problems.end());
  }
}

void find_cpus(const Machine& machine, EnvReport& report) {
  for (const VisibleCpu& visible : machine.cpus()) {
    const CpuInfo& info = visible.cpu->info();
    report.cpus.push_back({.index = visible.index, .name = info.name, .has_dram = info.has_dram});
  }
  report.cpu_problem = machine.cpu_problem();
  find_problems(machine, BackEnd::Kind::kCpus, report.findings);
}

void find_visible(const Machine& machine, EnvReport& report) {
  try {
    const auto& all = machine.all_gpus();
    for (const VisibleGpu& visible : machine.gpus()) {
      const auto at = std::ranges::find(all, visible.gpu) - all.begin();
      report.gpus[static_cast<std::size_t>(at)].visible_index = visible.index;
    }
    if (machine.gpus().empty() && !all.empty()) {
      report.findings.push_back({fmt::format("CUDA_VISIBLE_DEVICES is \"{}\", which shows no GPU.",
                                             printable(report.cuda_visible_devices.value_or(""))),
                                 "unset CUDA_VISIBLE_DEVICES"});
    }
  } catch (const ZeusGPUNotSupportedError& error) {
    report.findings.push_back({error.what(), "unset CUDA_VISIBLE_DEVICES"});
  }
}

EnvReport inspect_environment() {
  EnvReport report;
  report.rights = {.is_root = geteuid() == 0, .has_sys_admin = may_set_power_limits()};
  report.cuda_visible_devices = environment("CUDA_VISIBLE_DEVICES");
  report.cuda_device_order = environment("CUDA_DEVICE_ORDER");

  const CollectedWarnings collected;  // what the machine logs is among the findings
  const Machine machine;
  find_cpus(machine, report);

  report.driver_problem = machine.problem();
  report.driver_version = machine.driver_version();
  if (!report.driver_problem.empty()) return report;
  report.is_simulated = machine.is_simulated();
  find_problems(machine, BackEnd::Kind::kGpus, report.findings);
  for (const auto& gpu : machine.all_gpus()) {
    report.gpus.push_back(inspect_gpu(gpu));
    report.gpus.back().driver_index = static_cast<int>(report.gpus.size()) - 1;
  }
  find_visible(machine, report);
  if (report.gpus.empty()) report.findings.push_back({"The driver has no GPU.", ""});
  find_daemon(machine, report);
  if (report.rights.daemon.empty() && !report.rights.has_sys_admin) {
    report.findings.push_back(missing_right(report.rights));
  }
  find_left_limits(machine, report);
  for (const EnvGpu& gpu : report.gpus) find_in_gpu(gpu, report.findings);
  return report;
}

}  // namespace

void add_env(CLI::App& app, Invocation& invocation) {
  const auto json = std::make_shared<bool>(false);
  CLI::App& env = *app.add_subcommand("env", "Show GPUs, limits, rights, and what is missing");
  env.footer("Only reads: no power limit is written.\n\nExample:\n  zeus env --json");
  add_json(env, *json);
  env.callback([json, &invocation] {
    invocation.run = [json] {
      const EnvReport report = inspect_environment();
      print(*json ? to_json(report) : env_text(report, wants_colours(STDOUT_FILENO)));
      return 0;  // whatever is missing
    };
  });
}

}  // namespace zeus::apps
