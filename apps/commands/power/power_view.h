// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How `zeus power` shows its samples: a table that is redrawn on a terminal, lines elsewhere, rows
// of CSV, or nothing before the end. Each sample is flushed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "apps/commands/power/power.h"
#include "apps/terminal/status_lines.h"

namespace zeus::apps {

class PowerView {
 public:
  PowerView(const PowerView&) = delete;
  PowerView& operator=(const PowerView&) = delete;
  virtual ~PowerView() = default;

  virtual void show(const PowerSample& sample) = 0;
  void warn(std::string_view text) { status_.warn(text); }
  // Nothing more will be shown; then the totals.
  virtual void finish(const PowerReport& report) = 0;

 protected:
  // `is_live`: drawn on standard output, else on standard error.
  explicit PowerView(bool is_live)
      : status_(is_live ? StatusLines::live() : StatusLines::patient()) {}

  StatusLines status_;
};

[[nodiscard]] std::unique_ptr<PowerView> power_view(const PowerOptions& options,
                                                    const PowerReport& report);

// The totals as a table.
[[nodiscard]] std::string power_totals_text(const PowerReport& report, bool colours);

}  // namespace zeus::apps
