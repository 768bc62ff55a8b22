// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The library's five selectors by the names they have on the command line, and what each picks.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zeus/optimizer/optimum_selector.h"

namespace zeus::apps {

enum class SelectorKind { kEnergy, kTime, kZeusCost, kMaxSlowdown, kLeastEnergyWithinSlowdown };

inline constexpr std::array kAllSelectors{SelectorKind::kEnergy, SelectorKind::kTime,
                                          SelectorKind::kZeusCost, SelectorKind::kMaxSlowdown,
                                          SelectorKind::kLeastEnergyWithinSlowdown};

struct SelectorSettings {
  double eta_knob = 0.5;  // of ZeusCost, 0 to 1
  double slowdown = 1.1;  // of the two with a constraint, at least 1
  int world_size = 1;     // GPUs of the job
};

// For example "zeus-cost".
[[nodiscard]] std::string_view option_name(SelectorKind kind);
[[nodiscard]] std::optional<SelectorKind> selector_of_name(std::string_view name);

// For example "zeus-cost, eta 0.5".
[[nodiscard]] std::string title(SelectorKind kind, const SelectorSettings& settings);

// One letter, for tables.
[[nodiscard]] char letter(SelectorKind kind);

[[nodiscard]] std::shared_ptr<const OptimumSelector> make_selector(
    SelectorKind kind, const SelectorSettings& settings);

// Relative to the highest limit, in percent: positive is less energy, and more time.
struct Change {
  double energy_saving_percent = 0;
  double slowdown_percent = 0;
};
[[nodiscard]] Change change_between(const PowerLimitMeasurement& from,
                                    const PowerLimitMeasurement& to);

// The point of the highest limit. `points` isn't empty.
[[nodiscard]] const PowerLimitMeasurement& highest_limit(
    std::span<const PowerLimitMeasurement> points);

// The point of that limit; null where there is none.
[[nodiscard]] const PowerLimitMeasurement* find_limit(std::span<const PowerLimitMeasurement> points,
                                                      Watts limit);

// A measured limit and what follows from it.
struct LimitFigures {
  Watts limit;
  Joules energy;
  Seconds time;
  Watts power;  // the mean
  Joules cost;  // ZeusCost's
  Change change;
};

// Highest limit first.
[[nodiscard]] std::vector<LimitFigures> limit_figures(std::span<const PowerLimitMeasurement> points,
                                                      const SelectorSettings& settings);

struct SelectorChoice {
  SelectorKind kind = SelectorKind::kZeusCost;
  Watts power_limit;
  Change change;
};

// What each of `kinds` picks. `points`, in the order of measuring, is not empty.
[[nodiscard]] std::vector<SelectorChoice> choose(std::span<const SelectorKind> kinds,
                                                 const SelectorSettings& settings,
                                                 std::span<const PowerLimitMeasurement> points);

}  // namespace zeus::apps
