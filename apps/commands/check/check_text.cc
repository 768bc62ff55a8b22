// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/commands/check/check.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"

namespace zeus::apps {
namespace {

double ms(Seconds time) { return time.value() * 1000; }

std::string line(const std::string& name, const std::string& text) {
  return fmt::format("  {:<16}{}\n", name, wrapped(text, std::string(18, ' '), 100));
}

std::string calls_text(const SensorReport& sensor) {
  if (!sensor.calls) return "no reading came";
  return fmt::format("a reading takes {:.3f} ms (99 %: {:.3f}, longest {:.2f})",
                     ms(sensor.calls->median), ms(sensor.calls->p99), ms(sensor.calls->longest));
}

std::string ticks_text(const SensorReport& sensor, double scale, const char* unit) {
  if (!sensor.ticks) return "did not move";
  const SensorTicks& ticks = *sensor.ticks;
  if (!ticks.is_resolved) {
    return fmt::format("moves every {:.1f} ms or more often, by {:g} {} at least", ms(ticks.period),
                       ticks.least_step * scale, unit);
  }
  return fmt::format("moves every {:.1f} ms (+- {:.1f}), by {:g} {} at least", ms(ticks.period),
                     ms(ticks.jitter), ticks.least_step * scale, unit);
}

std::string fit_text(const SensorReport& sensor) {
  if (!sensor.fit) return "; averaging and lag not seen: power was steady, or there is no counter";
  return fmt::format("; averages {}{:.2f} s and is {:.2f} s late, which explains {:.0f} % of it",
                     sensor.fit->is_shortest ? "at most " : "", sensor.fit->averaging.value(),
                     sensor.fit->lag.value(), sensor.fit->explained * 100);
}

std::string power_text(const SensorReport& sensor) {
  std::string text = ticks_text(sensor, 1, "W") + fit_text(sensor) + "; " + calls_text(sensor);
  if (sensor.counter_over_power) {
    text += fmt::format("; the counter shows {:+.1f} % beside it",
                        (*sensor.counter_over_power - 1) * 100);
  }
  return text;
}

std::string gpu_text(const CheckReport& report, const CheckedGpu& gpu, bool colours) {
  std::string text =
      styled(fmt::format("GPU {}", gpu.index), Look::kBold, colours) + "  " +
      printable(gpu.info.name) +
      (gpu.info.is_simulated ? " " + styled("(SIMULATED)", Look::kWarning, colours) : "") + "\n";
  text += line("energy counter", !gpu.counter ? "none"
                                              : ticks_text(*gpu.counter, 1000, "mJ") + "; " +
                                                    calls_text(*gpu.counter));
  text += line("power", gpu.instant_power ? power_text(*gpu.instant_power) : "none");
  text += line("average power", gpu.average_power ? power_text(*gpu.average_power) : "none");
  if (gpu.window) {
    text += line("for 1 %", fmt::format("a window of {:.2g} s (typically), of {:.2g} s for sure",
                                        gpu.window->typical.value(), gpu.window->sure.value()));
  }
  if (gpu.settable && gpu.limit) {
    text += line(
        "power limit",
        fmt::format(
            "{} now; {} be set to {} to {}", format_limit(*gpu.limit),
            report.may_set_limits || !report.daemon.empty() ? "can" : "could, with the right to,",
            format_limit(gpu.settable->min), format_limit(gpu.settable->max)));
  } else {
    text += line("power limit", "none that could be set");
  }
  text += line("clocks", gpu.clocks ? fmt::format("{} to {} MHz in {} steps can be locked",
                                                  gpu.clocks->lowest_mhz, gpu.clocks->highest_mhz,
                                                  gpu.clocks->count)
                                    : "none that could be locked");
  return text;
}

}  // namespace

std::string check_text(const CheckReport& report, bool colours) {
  std::string text;
  for (const CheckedGpu& gpu : report.gpus) text += gpu_text(report, gpu, colours) + "\n";
  for (const std::string& finding : report.findings) {
    text += "- " + wrapped(printable(finding), "  ") + "\n";
  }
  if (report.findings.empty()) text += "No problems found.\n";
  return text;
}

}  // namespace zeus::apps
