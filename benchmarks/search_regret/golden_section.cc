// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/search_regret/golden_section.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace zeus::search_regret {
namespace {

constexpr double kSection = 0.6180339887498949;

Watts whole(double limit) { return Watts(std::round(limit)); }

const ProbeResult* find(std::span<const ProbeResult> history, Watts limit) {
  const auto found = std::ranges::find_if(history, [limit](const ProbeResult& it) {
    return same_limit(it.setting.power_limit, limit);
  });
  return found == history.end() ? nullptr : &*found;
}

}  // namespace

SearchDecision GoldenSection::do_next(std::span<const ProbeResult> history,
                                      const SearchObjective& objective) const {
  const Watts ceiling = objective.allowed.max;
  const ProbeResult* const reference = find(history, ceiling);
  if (reference == nullptr) return ProbeNext{{.power_limit = ceiling}};
  double low = objective.allowed.min.value();
  double high = ceiling.value();
  while (high - low > width_.value()) {
    const Watts left = whole(high - kSection * (high - low));
    const Watts right = whole(low + kSection * (high - low));
    const ProbeResult* const lower = find(history, left);
    if (lower == nullptr) return ProbeNext{{.power_limit = left}};
    const ProbeResult* const upper = find(history, right);
    if (upper == nullptr) return ProbeNext{{.power_limit = right}};
    // Where neither is within the selector's bound it picks the reference: higher, then.
    const std::array points{*reference, *upper, *lower};
    const bool goes_down = select_setting(points, objective) == lower->setting;
    (goes_down ? high : low) = (goes_down ? right : left).value();
  }
  return Choose{.setting = select_setting(history, objective), .reason = "the best of all probes"};
}

}  // namespace zeus::search_regret
