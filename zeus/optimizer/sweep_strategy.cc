// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/sweep_strategy.h"

#include <algorithm>

namespace zeus {
namespace {

bool is_in(std::span<const ProbeResult> history, Watts limit) {
  return std::ranges::any_of(history, [limit](const ProbeResult& result) {
    return same_limit(result.setting.power_limit, limit);
  });
}

}  // namespace

std::vector<Watts>::const_iterator SweepStrategy::first_missing(
    std::span<const ProbeResult> history) const {
  // The usual history is the list's beginning: comparing place by place skips it in one pass.
  const auto [result, limit] = std::ranges::mismatch(
      history, limits_, same_limit, [](const ProbeResult& it) { return it.setting.power_limit; });
  if (result == history.end()) return limit;
  return std::find_if(limit, limits_.end(),
                      [history](Watts candidate) { return !is_in(history, candidate); });
}

SearchDecision SweepStrategy::do_next(std::span<const ProbeResult> history,
                                      const SearchObjective& objective) const {
  const auto missing = first_missing(history);
  if (missing != limits_.end()) {
    return ProbeNext{{.power_limit = *missing}};
  }
  return Choose{.setting = select_setting(history, objective),
                .reason = "the selector's choice among all limits"};
}

std::size_t SweepStrategy::do_probes_left(std::span<const ProbeResult> history) const {
  return static_cast<std::size_t>(
      std::count_if(first_missing(history), limits_.end(),
                    [history](Watts limit) { return !is_in(history, limit); }));
}

}  // namespace zeus
