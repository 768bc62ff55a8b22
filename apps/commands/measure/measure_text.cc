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
class EnergyTable {
 public:
  explicit EnergyTable(const MeasureReport& report)
      : report_(report), energy_(NumberFormat::for_energy(largest(report))) {}

  void add(const std::string& name, const std::optional<Joules>& energy, const std::string& what,
           Look look = Look::kPlain) {
    if (!energy) {
      table_.add_row({name, "-", "-", what}, Look::kWarning);
      return;
    }
    const Watts power = report_.time > Seconds(0) ? *energy / report_.time : Watts();
    table_.add_row({name, energy_(*energy), fmt::format("{:.1f} W", power.value()), what}, look);
  }

  [[nodiscard]] std::string text(bool colours) const { return table_.text(colours); }

 private:
  static Joules largest(const MeasureReport& report) {
    Joules most;
    for (const MeasuredDevice& device : report.devices) {
      if (device.energy) most = std::max(most, device.energy->energy);
    }
    return std::max(most, report.total_energy().value_or(Joules()));
  }

  const MeasureReport& report_;
  NumberFormat energy_;
  TextTable table_{{{"device", Align::kLeft}, {"energy"}, {"mean power"}, {"model", Align::kLeft}}};
};

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
  EnergyTable table(report);
  for (const MeasuredDevice& device : report.devices) {
    const bool is_simulated = device.is_gpu && report.is_simulated;
    table.add(device.name, device.energy ? std::optional(device.energy->energy) : std::nullopt,
              printable(device.model) + (is_simulated ? " (SIMULATED)" : ""),
              device.is_too_short ? Look::kWarning : Look::kPlain);
    if (device.energy && device.energy->dram) {
      table.add(device.name + " memory", device.energy->dram, "DRAM");
    }
  }
  if (report.devices.size() > 1) table.add("all", report.total_energy(), "", Look::kBold);
  if (!report.devices.empty()) text += table.text(colours);
  for (const std::string& note : report.notes) {
    text += "- " + wrapped(printable(note), "  ") + "\n";
  }
  return text;
}

std::string measure_csv_header(const MeasureReport& report) {
  std::string row = "start_time_s,command,exit_status,time_s";
  for (const MeasuredDevice& device : report.devices) {
    row += fmt::format(",{}{}_energy_j", device.is_gpu ? "gpu" : "cpu", device.index);
    if (!device.is_gpu) row += fmt::format(",dram{}_energy_j", device.index);
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
    append_field(row, device.energy ? std::optional(device.energy->energy) : std::nullopt);
    if (!device.is_gpu) append_field(row, device.energy ? device.energy->dram : std::nullopt);
  }
  return row + "\n";
}

}  // namespace zeus::apps
