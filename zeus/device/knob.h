// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What can be set on a GPU to trade speed for energy: the power limit and, where a clock is locked,
// the clock of its processors (NVML calls them SM). Settings are compared as the driver keeps them,
// in whole milliwatts and whole megahertz: two settings that the driver cannot tell apart are
// equal.
#pragma once

#include <compare>
#include <optional>
#include <string>

#include "zeus/units.h"

namespace zeus {

struct KnobSetting {
  Watts power_limit;
  std::optional<MegaHertz> locked_clock{};  // empty: the clock is not locked

  friend bool operator==(const KnobSetting& a, const KnobSetting& b) { return (a <=> b) == 0; }

  // By power limit, then by clock. A clock that is not locked comes after every locked one: the GPU
  // may run as fast as it can.
  friend std::strong_ordering operator<=>(const KnobSetting& a, const KnobSetting& b);
};

// For example "225 W", "187.5 W" or "225 W, 1200 MHz".
[[nodiscard]] std::string describe(const KnobSetting& setting);

}  // namespace zeus
