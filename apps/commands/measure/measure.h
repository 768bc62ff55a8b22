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
  bool is_gpu = true;
  int index = 0;
  std::string name;                   // "GPU 0"
  std::string model;                  // what the device calls itself
  std::string uuid;                   // of a GPU
  std::optional<DrawnEnergy> energy;  // none where reading failed
  bool is_too_short = false;          // the command took less than the counter's period
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
