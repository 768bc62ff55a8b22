// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus measure` as text and as CSV.
#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <string>

#include "apps/commands/measure/measure.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"
#include "apps/terminal/text_table.h"
#include "zeus/monitor/csv_log.h"

namespace zeus::apps {
namespace {

std::string command_text(const MeasureReport& report) {
  std::string text;
  for (const std::string& word : report.command) text += (text.empty() ? "" : " ") + word;
  return printable(text);
}

std::string end_text(const ChildEnd& end) {
  if (end.signal)
    return fmt::format("ended by signal {} ({})", *end.signal, strsignal(*end.signal));
  return fmt::format("exit status {}", end.exit_code);
}

// One unit for the column, and one row an energy.
std::string energy_table(const MeasureReport& report, bool colours) {
  Joules largest = report.total_energy().value_or(Joules());
  for (const MeasuredDevice& device : report.devices) {
    largest = std::max(largest, device.energy.value_or(Joules()));
  }
  const NumberFormat number = NumberFormat::for_energy(largest);
  TextTable table({{"device", Align::kLeft}, {"energy"}, {"mean power"}, {"model", Align::kLeft}});
  const auto add = [&](const std::string& name, const std::optional<Joules>& energy,
                       const std::string& what, Look look) {
    if (!energy) return table.add_row({name, "-", "-", what}, Look::kWarning);
    const Watts power = report.time > Seconds(0) ? *energy / report.time : Watts();
    table.add_row({name, number(*energy), fmt::format("{:.1f} W", power.value()), what}, look);
  };
  for (const MeasuredDevice& device : report.devices) {
    const DeviceDescription& what = device.what;
    add(what.name, device.energy, what.model_text(report.is_simulated),
        device.is_too_short ? Look::kWarning : Look::kPlain);
    if (device.dram) add(what.name + " memory", device.dram, "DRAM", Look::kPlain);
  }
  if (report.devices.size() > 1) add("all", report.total_energy(), "", Look::kBold);
  return table.text(colours);
}

void append_field(std::string& row, const std::optional<Joules>& energy) {
  row += ',';
  if (energy) append_csv_number(row, energy->value());
}

}  // namespace

std::string measure_text(const MeasureReport& report, bool colours) {
  std::string text =
      fmt::format("{}\nTook {:.3f} s; {}.\n",
                  styled("zeus measure: " + command_text(report), Look::kBold, colours),
                  report.time.value(), end_text(report.end));
  if (!report.devices.empty()) text += energy_table(report, colours);
  for (const std::string& note : report.notes) {
    text += "- " + wrapped(printable(note), "  ") + "\n";
  }
  return text;
}

std::string measure_csv_header(const MeasureReport& report) {
  std::string row = "start_time_s,command,exit_status,time_s";
  for (const MeasuredDevice& device : report.devices) {
    row += fmt::format(",{}{}_energy_j", device.what.kind(), device.what.index);
    if (!device.what.is_gpu) row += fmt::format(",dram{}_energy_j", device.what.index);
  }
  return row + "\n";
}

std::string measure_csv_row(const MeasureReport& report) {
  std::string row;
  append_csv_number(row, report.start_time.value());
  row += ',';
  append_csv_field(row, command_text(report));
  row += fmt::format(",{},", report.end.signal ? 128 + *report.end.signal : report.end.exit_code);
  append_csv_number(row, report.time.value());
  for (const MeasuredDevice& device : report.devices) {
    append_field(row, device.energy);
    if (!device.what.is_gpu) append_field(row, device.dram);
  }
  return row + "\n";
}

}  // namespace zeus::apps
