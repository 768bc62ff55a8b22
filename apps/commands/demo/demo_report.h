// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a run of the demo found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/commands/demo/simulated_machine.h"
#include "apps/commands/selector_choice.h"

namespace zeus::apps {

struct DemoGpu {
  int index = 0;
  std::string model;
  std::string uuid;
  Watts prior_limit;
  Watts final_limit;  // read after the optimizer was closed
};

struct DemoReport {
  std::string workload;
  std::string source;
  std::vector<DemoGpu> gpus;

  SelectorKind selector = SelectorKind::kZeusCost;
  SelectorSettings settings;
  int profile_steps = 0;
  std::vector<Watts> limits;  // of the sweep, highest first
  std::vector<PowerLimitMeasurement> measurements;
  bool is_from_file = false;  // all of them were known from the profile file
  std::vector<SelectorChoice> choices;
  std::optional<Watts> chosen;  // none where training ended before the sweep
  std::string stopped_because;  // what ended the tuning; empty when nothing did

  // By the ground truth. `without_zeus`: steps at the prior limits after the run.
  Spent with_zeus;
  std::optional<Spent> after_choice;
  std::optional<Spent> without_zeus;

  int signal = 0;  // what ended the run; 0 when it ended by itself

  [[nodiscard]] bool limits_are_back() const;
};

// The whole report, of at most 80 columns.
[[nodiscard]] std::string demo_text(const DemoReport& report, bool colours);

[[nodiscard]] std::string to_json(const DemoReport& report);

// How much `to` differs from `from`, a step.
[[nodiscard]] Change change_a_step(const Spent& from, const Spent& to);

}  // namespace zeus::apps
