// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/search_around.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "zeus/optimizer/confirming_sweep.h"
#include "zeus/optimizer/pooled_results.h"
#include "zeus/optimizer/sweep_strategy.h"

namespace zeus {
namespace {

bool is_in(const std::vector<Watts>& limits, Watts limit) {
  return std::ranges::any_of(limits, [limit](Watts it) { return same_limit(it, limit); });
}

void add_new(std::vector<Watts>& limits, Watts limit) {
  if (!is_in(limits, limit)) limits.push_back(limit);
}

bool is_probed(std::span<const ProbeResult> history, Watts limit) {
  return std::ranges::any_of(history, [limit](const ProbeResult& result) {
    return same_limit(result.setting.power_limit, limit);
  });
}

}  // namespace

NeighbourhoodSweep::NeighbourhoodSweep(std::vector<Watts> limits, Watts centre, bool confirms)
    : limits_(std::move(limits)), centre_(centre), confirms_(confirms) {
  add_new(limits_, centre_);
  std::ranges::sort(limits_, std::greater());
}

void NeighbourhoodSweep::add_neighbours(std::vector<Watts>& list, Watts of) const {
  const auto at =
      std::ranges::find_if(limits_, [of](Watts limit) { return same_limit(limit, of); });
  if (at == limits_.end()) return;
  if (at != limits_.begin()) add_new(list, *std::prev(at));
  if (std::next(at) != limits_.end()) add_new(list, *std::next(at));
}

// Highest first: those that are probed in any case, and those that were.
std::vector<Watts> NeighbourhoodSweep::limits_so_far(std::span<const ProbeResult> history) const {
  std::vector<Watts> list{limits_.front()};
  add_new(list, centre_);
  add_neighbours(list, centre_);
  for (const ProbeResult& result : history) add_new(list, result.setting.power_limit);
  std::ranges::sort(list, std::greater());
  return list;
}

std::unique_ptr<SearchStrategy> NeighbourhoodSweep::sweep(std::vector<Watts> limits) const {
  if (confirms_) return std::make_unique<ConfirmingSweep>(std::move(limits));
  return std::make_unique<SweepStrategy>(std::move(limits));
}

SearchDecision NeighbourhoodSweep::do_next(std::span<const ProbeResult> history,
                                           const SearchObjective& objective) const {
  std::vector<Watts> list = limits_so_far(history);
  const bool has_all =
      std::ranges::all_of(list, [history](Watts limit) { return is_probed(history, limit); });
  if (has_all) {
    const KnobSetting pick =
        confirms_ ? select_safely(pool(history), objective, 1) : select_setting(history, objective);
    add_neighbours(list, pick.power_limit);
    std::ranges::sort(list, std::greater());
  }
  return sweep(std::move(list))->next(history, objective);
}

std::size_t NeighbourhoodSweep::do_probes_left(std::span<const ProbeResult> history) const {
  return sweep(limits_so_far(history))->probes_left(history);
}

SearchDecision ProbeFirst::do_next(std::span<const ProbeResult> history,
                                   const SearchObjective& objective) const {
  for (const Watts limit : limits_) {
    if (!is_probed(history, limit)) return ProbeNext{{.power_limit = limit}};
  }
  return then_->next(history, objective);
}

std::size_t ProbeFirst::do_probes_left(std::span<const ProbeResult> history) const {
  const auto missing = static_cast<std::size_t>(std::ranges::count_if(
      limits_, [history](Watts limit) { return !is_probed(history, limit); }));
  return std::max(missing, then_->probes_left(history));
}

}  // namespace zeus
