// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus env` as text of at most 80 columns; commands are never broken, so that they can be copied.
#include <fmt/format.h>

#include <map>
#include <string_view>

#include "apps/commands/commands.h"
#include "apps/commands/env/env.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"
#include "apps/terminal/text_table.h"

namespace zeus::apps {
namespace {

constexpr std::size_t kLongestModel = 15;

std::string or_dash(const std::optional<Watts>& limit) {
  return limit ? fmt::format("{:.7g}", limit->value()) : "-";
}

// Short enough for the table: the whole name is in --json.
std::string short_model(const std::string& name) {
  std::string_view model = name;
  for (const std::string_view vendor : {"NVIDIA ", "Tesla ", "GeForce "}) {
    if (model.starts_with(vendor)) model.remove_prefix(vendor.size());
  }
  if (model.size() <= kLongestModel) return printable(std::string(model));
  return printable(std::string(model.substr(0, kLongestModel - 1))) + "~";
}

const char* energy_text(const GpuInfo& info) {
  if (info.unavailable) return "-";
  if (info.partitioned) return "MIG";
  if (info.has.energy_counter) return "counter";
  return has_power(info) ? "sampled" : "none";
}

std::string gpus_table(const std::vector<EnvGpu>& gpus, bool colours) {
  TextTable table({{"GPU"},
                   {"model", Align::kLeft},
                   {"UUID", Align::kLeft},
                   {"arch", Align::kLeft},
                   {"limit/default"},
                   {"range W"},
                   {"energy", Align::kLeft}});
  for (const EnvGpu& gpu : gpus) {
    const bool is_lowered =
        gpu.requested_limit && gpu.default_limit && *gpu.requested_limit < *gpu.default_limit;
    const bool is_unusual = is_lowered || !gpu.problem.empty() || gpu.info.partitioned;
    table.add_row(
        {std::to_string(gpu.driver_index), short_model(gpu.info.name), gpu.info.uuid.substr(0, 12),
         gpu.info.architecture, or_dash(gpu.requested_limit) + "/" + or_dash(gpu.default_limit),
         gpu.range ? or_dash(gpu.range->min) + "-" + or_dash(gpu.range->max) : "-",
         energy_text(gpu.info)},
        is_unusual ? Look::kWarning : Look::kPlain);
  }
  return table.text(colours);
}

std::string driver_text(const EnvReport& report, bool colours) {
  if (!report.driver_problem.empty()) return styled("none", Look::kWarning, colours);
  const std::string version =
      report.driver_version.empty() ? "of unknown version" : printable(report.driver_version);
  return "NVIDIA " + version +
         (report.is_simulated ? " " + styled("(SIMULATED)", Look::kWarning, colours) : "");
}

std::string rights_text(const Rights& rights, bool colours) {
  if (!rights.daemon.empty()) {
    return (rights.daemon_answers
                ? styled("power limits are set by zeusd", Look::kGood, colours)
                : styled("power limits can't be set by zeusd", Look::kWarning, colours)) +
           " (" + printable(rights.daemon) + ")";
  }
  if (rights.has_sys_admin) {
    return styled("may set power limits", Look::kGood, colours) + " (CAP_SYS_ADMIN)";
  }
  return styled("may not set power limits", Look::kWarning, colours) +
         (rights.is_root ? " (root, but without CAP_SYS_ADMIN)" : " (no CAP_SYS_ADMIN)");
}

// The driver's indices in the framework's order.
std::string visible_gpus(const std::vector<EnvGpu>& gpus) {
  std::map<int, int> by_visible_index;
  for (const EnvGpu& gpu : gpus) {
    if (gpu.visible_index) by_visible_index[*gpu.visible_index] = gpu.driver_index;
  }
  std::string text;
  for (const auto& [visible, driver] : by_visible_index) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", driver);
  }
  return text.empty() ? "none" : text;
}

std::string visible_text(const EnvReport& report) {
  if (!report.driver_problem.empty()) return "no GPU";
  if (!report.cuda_visible_devices) {
    return report.gpus.empty() ? "no GPU" : "all GPUs (CUDA_VISIBLE_DEVICES is not set)";
  }
  return fmt::format("GPU {} (CUDA_VISIBLE_DEVICES={})", visible_gpus(report.gpus),
                     printable(*report.cuda_visible_devices));
}

std::string cpus_text(const EnvReport& report, bool colours) {
  std::string text;
  for (const EnvCpu& cpu : report.cpus) {
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", printable(cpu.name),
                        cpu.has_dram ? " with memory" : "");
  }
  if (!report.cpu_problem.empty()) {
    text += (text.empty() ? "" : ", ") + styled("may not be read", Look::kWarning, colours);
  }
  return text.empty() ? "none whose energy Linux shows" : text;
}

std::string finding_text(const std::string& what, const std::string& command, bool colours) {
  std::string text = "- " + wrapped(printable(what), "  ") + "\n";
  if (!command.empty()) text += "    " + styled(command, Look::kBold, colours) + "\n";
  return text;
}

}  // namespace

std::string env_text(const EnvReport& report, bool colours) {
  const auto heading = [colours](const char* name) { return styled(name, Look::kBold, colours); };
  std::string text =
      fmt::format("{}       zeus {}\n{}     {}\n{}     {}\n{}    {}\n{}       {}\n",
                  heading("zeus"), ZEUS_VERSION, heading("driver"), driver_text(report, colours),
                  heading("rights"), rights_text(report.rights, colours), heading("visible"),
                  visible_text(report), heading("CPUs"), cpus_text(report, colours));
  if (!report.gpus.empty()) text += "\n" + gpus_table(report.gpus, colours);
  text += "\n";
  if (!report.driver_problem.empty()) {
    text += finding_text(report.driver_problem, "", colours);
    if (has_simulator()) {
      text += finding_text("Without a GPU zeus can be seen at work on simulated ones:", "zeus demo",
                           colours);
    }
  }
  for (const Finding& finding : report.findings) {
    text += finding_text(finding.what, finding.command, colours);
  }
  if (report.findings.empty() && report.driver_problem.empty()) text += "No problems found.\n";
  return text;
}

}  // namespace zeus::apps
