// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus power`: what GPUs and CPUs draw, now and then, until Ctrl-C; then the totals.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/commands/chosen_devices.h"
#include "apps/terminal/status_lines.h"

namespace zeus::apps {

struct PowerOptions {
  DeviceChoice devices;
  Seconds interval{1};
  std::optional<int> count;  // samples; none: until a signal
  bool csv = false;
  bool json = false;
};

// One look at a device. Nothing where it doesn't tell, or is lost.
struct DeviceSample {
  std::optional<Watts> power;  // of a CPU: the mean since the last sample
  std::optional<Watts> limit;
  std::optional<Celsius> temperature;
  // Since the start.
  std::optional<Joules> energy;
  std::optional<Joules> dram;

  [[nodiscard]] bool is_lost() const { return !power && !energy; }
};

struct PowerSample {
  int number = 0;     // counted from 1
  Seconds unix_time;  // of the look
  Seconds elapsed;    // since the begin
  std::vector<DeviceSample> devices;
};

// What a device drew from the begin to the last time that it answered.
struct DeviceTotal {
  Joules energy;
  std::optional<Joules> dram;
  Seconds time;
  std::optional<Watts> highest_power;  // of the samples
};

struct PowerReport {
  bool is_simulated = false;
  std::vector<DeviceDescription> devices;
  Seconds time;
  int samples = 0;
  std::vector<DeviceTotal> totals;  // one a device
  int signal = 0;                   // what ended it; 0: the count
};

[[nodiscard]] std::string to_json(const PowerReport& report);

// How the samples are shown: a table that is redrawn on a terminal, lines elsewhere, rows of CSV,
// or nothing before the end. Each sample is flushed.
class PowerView : public StatusView {
 public:
  using StatusView::StatusView;
  virtual void show(const PowerSample& sample) = 0;
  // Nothing more will be shown; then the totals.
  virtual void finish(const PowerReport& report) = 0;
};

[[nodiscard]] std::unique_ptr<PowerView> power_view(const PowerOptions& options,
                                                    const PowerReport& report);

}  // namespace zeus::apps
