// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/confirming_sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

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

std::string unsure_probes(std::span<const ProbeResult> history) {
  const auto unsure = std::ranges::count(history, false, &ProbeResult::is_sure);
  if (unsure == 0) return {};
  return fmt::format("; {} of {} probes ended before their figures were as sure as wanted", unsure,
                     history.size());
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
  return Choose{
      .setting = select_safely(pooled, objective, 1, rules_),
      .reason = "the selector's choice among all limits, measured twice" + unsure_probes(history)};
}

std::size_t ConfirmingSweep::do_probes_left(std::span<const ProbeResult> history) const {
  const auto missing = static_cast<std::size_t>(
      std::ranges::count_if(limits_, [history](Watts limit) { return !is_in(history, limit); }));
  const std::size_t repeats = history.size() - std::min(history.size(), limits_.size() - missing);
  return missing + (repeats < kWantedProbes ? kWantedProbes - repeats : 0);
}

Choose choose_known(std::span<const ProbeResult> history, const SearchObjective& objective) {
  std::vector<ProbeResult> allowed;
  std::ranges::copy_if(history, std::back_inserter(allowed), [&objective](const ProbeResult& it) {
    return objective.allowed.contains(it.setting.power_limit);
  });
  if (allowed.empty()) return {.setting = select_setting(history, objective), .reason = {}};
  return {.setting = select_safely(pool(allowed), objective, 1),
          .reason = "the selector's choice among the profile's limits" + unsure_probes(allowed)};
}

}  // namespace zeus
