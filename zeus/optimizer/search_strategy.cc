// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/search_strategy.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "zeus/error.h"

namespace zeus {
namespace {

std::string out_of_range(const char* what, Watts limit, PowerLimitRange allowed) {
  return fmt::format("{} {:g} W, out of {:g}-{:g} W", what, limit.value(), allowed.min.value(),
                     allowed.max.value());
}

bool is_allowed(Watts limit, PowerLimitRange allowed) {
  return std::isfinite(limit.value()) && allowed.contains(limit);
}

}  // namespace

const KnobSetting& setting_of(const SearchDecision& decision) {
  return std::visit([](const auto& it) -> const KnobSetting& { return it.setting; }, decision);
}

SearchDecision SearchStrategy::next(std::span<const ProbeResult> history,
                                    const SearchObjective& objective) const {
  SearchDecision decision = do_next(history, objective);
  if (const Watts limit = setting_of(decision).power_limit; !is_allowed(limit, objective.allowed)) {
    throw ZeusValueError(out_of_range("the search wants", limit, objective.allowed));
  }
  return decision;
}

KnobSetting select_setting(std::span<const ProbeResult> history, const SearchObjective& objective) {
  std::vector<PowerLimitMeasurement> points;
  points.reserve(history.size());
  for (const ProbeResult& result : history) {
    if (objective.allowed.contains(result.setting.power_limit)) {
      points.push_back(to_measurement(result, objective.host_power));
    }
  }
  const Watts choice = objective.selector->select(points);
  if (!is_allowed(choice, objective.allowed)) {
    throw ZeusValueError(out_of_range("the selector picked", choice, objective.allowed));
  }
  return {.power_limit = choice};
}

}  // namespace zeus
