// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How a training run under the optimizer is shown while it runs: a block that is redrawn on a
// terminal, one line a power limit elsewhere, nothing where a machine reads the output.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "apps/terminal/status_lines.h"
#include "zeus/optimizer/optimizer_state.h"
#include "zeus/optimizer/optimum_selector.h"
#include "zeus/optimizer/tuning_report.h"

namespace zeus::apps {

// Where the run is after a step.
struct Progress {
  OptimizerState state;
  bool is_comparing = false;      // tuning is over; the same steps are repeated at the prior limits
  Watts power_limit;              // in force
  std::span<const Watts> limits;  // of the sweep, highest first
  std::span<const PowerLimitMeasurement> measurements;
  TuningProgress tuning{};
  int step = 0;  // of this phase, counted from 1
  int steps = 0;
  int epoch = 0;  // counted from 1
  int epochs = 0;
  Watts power;  // of all GPUs, over the last step
  Seconds step_time;
  Joules energy;  // of all GPUs, since the begin

  // Of this phase's steps.
  [[nodiscard]] double share() const { return steps > 0 ? static_cast<double>(step) / steps : 0; }
};

class ProgressView : public StatusView {
 public:
  using StatusView::StatusView;
  virtual void show(const Progress& progress) = 0;
  // Nothing more will be shown: leaves the terminal as it was.
  void finish() { status_.finish(); }
};

// What stays the same throughout.
struct ViewTitle {
  std::string what;   // one line: what runs on which GPUs
  std::string where;  // one line or more: where the figures come from
};

// The block on standard output, which is a terminal.
[[nodiscard]] std::unique_ptr<ProgressView> live_view(ViewTitle title);
// Lines on standard output.
[[nodiscard]] std::unique_ptr<ProgressView> plain_view(const ViewTitle& title);
// Warnings, and on a terminal a line that tells how far it is, on standard error.
[[nodiscard]] std::unique_ptr<ProgressView> silent_view();

}  // namespace zeus::apps
