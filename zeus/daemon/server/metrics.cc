// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// GET /metrics, in Prometheus's text format and its base units.
#include <fmt/format.h>

#include <functional>
#include <iterator>
#include <string>
#include <string_view>

#include "zeus/daemon/server/daemon.h"
#include "zeus/daemon/server/device_power.h"
#include "zeus/error.h"

namespace zeus::daemon {
namespace {

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char each : text) {
    if (each == '\\' || each == '"') safe += '\\';
    safe += each == '\n' ? ' ' : each;
  }
  return safe;
}

class Text {
 public:
  void head(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
  }
  template <class Value>
  void sample(std::string_view name, std::string_view labels, Value value) {
    fmt::format_to(std::back_inserter(text_), "{}{}{}{} {}\n", name, labels.empty() ? "" : "{",
                   labels, labels.empty() ? "" : "}", value);
  }
  template <class Value>
  void single(std::string_view name, std::string_view type, std::string_view help, Value value) {
    head(name, type, help);
    sample(name, "", value);
  }

  std::string text_;
};

}  // namespace

Answer Daemon::metrics() const {
  Text text;
  const auto each_gpu = [&](std::string_view name, std::string_view type, std::string_view help,
                            const std::function<double(Gpu&)>& read) {
    text.head(name, type, help);
    for (std::size_t gpu = 0; gpu < gpus_.size(); ++gpu) {
      const GpuInfo& info = gpus_[gpu]->info();
      if (info.unavailable) continue;
      try {
        const double value = read(*gpus_[gpu]);
        text.sample(name,
                    fmt::format("gpu=\"{}\",uuid=\"{}\",model=\"{}\"", gpu, escaped(info.uuid),
                                escaped(info.name)),
                    value);
      } catch (const ZeusBaseError&) {  // NOLINT(bugprone-empty-catch): it has no such sample
      }
    }
  };
  if (groups_.contains(ApiGroup::kGpuRead)) {
    each_gpu("zeus_gpu_energy_joules_total", "counter", "Energy since the driver was loaded.",
             [](Gpu& gpu) { return gpu.total_energy().value(); });
    each_gpu("zeus_gpu_power_watts", "gauge", "Power draw.",
             [](Gpu& gpu) { return power_now(gpu).value(); });
    each_gpu("zeus_gpu_power_limit_watts", "gauge", "Power limit that was asked for last.",
             [](Gpu& gpu) { return gpu.power_limit().value(); });
    each_gpu("zeus_gpu_enforced_power_limit_watts", "gauge", "Power limit in force.",
             [](Gpu& gpu) { return gpu.enforced_power_limit().value(); });
  }
  if (groups_.contains(ApiGroup::kCpuRead) && !cpus_.empty()) {
    text.head("zeus_cpu_energy_joules_total", "counter",
              "Energy of packages and memory since zeusd was started.");
    for (const VisibleCpu& each : cpus_) {
      const auto labels = [&each](std::string_view part) {
        return fmt::format("cpu=\"{}\",part=\"{}\"", each.index, part);
      };
      try {
        const CpuEnergy energy = each.cpu->total_energy();
        text.sample("zeus_cpu_energy_joules_total", labels("package"), energy.package.value());
        if (energy.dram) {
          text.sample("zeus_cpu_energy_joules_total", labels("dram"), energy.dram->value());
        }
      } catch (const ZeusBaseError&) {  // NOLINT(bugprone-empty-catch): it has no such sample
      }
    }
  }
  text.single("zeusd_requests_total", "counter", "Requests.", counts_.requests.load());
  text.single("zeusd_writes_total", "counter", "Changes of a GPU.", counts_.writes.load());
  const auto refused = [&text](std::string_view name, std::string_view help,
                               const Refusals& refusals) {
    text.head(name, "counter", help);
    text.sample(name, "reason=\"policy\"", refusals.policy.load());
    text.sample(name, "reason=\"lease\"", refusals.lease.load());
    text.sample(name, "reason=\"rate\"", refusals.rate.load());
    text.sample(name, "reason=\"request\"", refusals.request.load());
  };
  refused("zeusd_writes_refused_total", "Changes that were refused.", counts_.writes_refused);
  text.single("zeusd_writes_failed_total", "counter",
              "Changes that the driver or the journal failed.",
              counts_.writes_refused.failed.load());
  refused("zeusd_leases_refused_total", "Requests about leases that were refused.",
          counts_.leases_refused);
  text.single("zeusd_leases_failed_total", "counter",
              "Requests about leases that the driver or the journal failed.",
              counts_.leases_refused.failed.load());
  const Leases::Counts restored = leases_.counts();
  text.single("zeusd_leases", "gauge", "GPUs that are held.", leases_.list().size());
  text.single("zeusd_restored_total", "counter", "GPUs that were put back after a lease.",
              restored.restored);
  text.single("zeusd_restore_failures_total", "counter", "Attempts that failed; they are repeated.",
              restored.failed);
  text.single("zeusd_foreign_settings_total", "counter",
              "GPUs that were left alone, as another program had changed them.", restored.foreign);
  text.single("zeusd_streams", "gauge", "Devices that are read for listeners.",
              gpu_power_.running() + cpu_power_.running());
  text.single("zeusd_audit_lost_total", "counter", "Lines that could not be written.",
              audit_.lost());
  text.single("zeusd_audit_unlogged_total", "counter",
              "Lines that were left out, as their user has more than the policy's rate allows.",
              counts_.unlogged.load());
  if (const HttpServer* const server = server_) {
    const HttpServer::Counts counts = server->counts();
    text.single("zeusd_connections", "gauge", "Clients.", counts.connections);
    text.single("zeusd_connections_total", "counter", "Clients so far.", counts.taken);
    text.head("zeusd_connections_ended_total", "counter", "Clients that were turned away.");
    text.sample("zeusd_connections_ended_total", "reason=\"slow\"", counts.too_slow);
    text.sample("zeusd_connections_ended_total", "reason=\"many\"", counts.too_many);
  }
  return {.body = std::move(text.text_), .type = "text/plain; version=0.0.4"};
}

}  // namespace zeus::daemon
