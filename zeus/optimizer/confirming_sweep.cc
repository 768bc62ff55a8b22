// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/confirming_sweep.h"

#include <algorithm>

namespace zeus {
namespace {

constexpr int kWantedProbes = 2;

// Beside one of each limit: the highest again, the pick again, and what is picked instead where
// that turns out worse.
constexpr std::size_t kMostRepeats = 5;

bool is_in(std::span<const ProbeResult> history, Watts limit) {
  return std::ranges::any_of(history, [limit](const ProbeResult& result) {
    return same_limit(result.setting.power_limit, limit);
  });
}

}  // namespace

SearchDecision ConfirmingSweep::do_next(std::span<const ProbeResult> history,
                                        const SearchObjective& objective) const {
  for (const Watts limit : limits_) {
    if (!is_in(history, limit)) return ProbeNext{{.power_limit = limit}};
  }
  const PooledResults pooled = pool(history, rules_);
  if (history.size() < limits_.size() + kMostRepeats) {
    const KnobSetting& highest = pooled.points.front().setting;
    const KnobSetting pick = select_safely(pooled, objective, kWantedProbes, rules_);
    for (const KnobSetting& setting : {highest, pick}) {
      if (pooled.find(setting)->probes < kWantedProbes) return ProbeNext{setting};
    }
  }
  return Choose{.setting = select_safely(pooled, objective, 1, rules_),
                .reason = "the selector's choice among all limits, measured twice"};
}

std::size_t ConfirmingSweep::do_probes_left(std::span<const ProbeResult> history) const {
  const auto missing = static_cast<std::size_t>(
      std::ranges::count_if(limits_, [history](Watts limit) { return !is_in(history, limit); }));
  const std::size_t repeats = history.size() - std::min(history.size(), limits_.size() - missing);
  return missing + (repeats < kWantedProbes ? kWantedProbes - repeats : 0);
}

}  // namespace zeus
