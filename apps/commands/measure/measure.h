// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus measure -- COMMAND…`: what any command takes, in time and in energy of GPUs and CPUs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/commands/chosen_devices.h"
#include "apps/process/child_process.h"

namespace zeus::apps {

struct MeasuredDevice {
  DeviceDescription what;
  std::optional<Joules> energy = std::nullopt;  // none where reading failed
  std::optional<Joules> dram = std::nullopt;    // of a CPU package's memory
  bool is_too_short = false;                    // the command took less than the counter's period
};

struct MeasureReport {
  std::vector<std::string> command;
  bool is_simulated = false;
  Seconds start_time;  // Unix time
  Seconds time;
  ChildEnd end;
  std::vector<MeasuredDevice> devices;  // GPUs first
  std::vector<std::string> notes;       // what is missing or doubtful

  // Of all devices, memory included; none where one is not known, and where there is none.
  [[nodiscard]] std::optional<Joules> total_energy() const;
};

// A table and the notes.
[[nodiscard]] std::string measure_text(const MeasureReport& report, bool colours);

[[nodiscard]] std::string to_json(const MeasureReport& report);

// The CSV file's header and row, each with its line feed (docs/cli.md).
[[nodiscard]] std::string measure_csv_header(const MeasureReport& report);
[[nodiscard]] std::string measure_csv_row(const MeasureReport& report);

}  // namespace zeus::apps
