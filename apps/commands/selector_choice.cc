// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/selector_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "zeus/optimizer/selectors.h"

namespace zeus::apps {

namespace {

// In the order of SelectorKind.
constexpr std::array<std::string_view, kAllSelectors.size()> kNames{
    "energy", "time", "zeus-cost", "max-slowdown", "least-energy-within-slowdown"};

}  // namespace

std::string_view option_name(SelectorKind kind) {
  return kNames.at(static_cast<std::size_t>(kind));
}

std::optional<SelectorKind> selector_of_name(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<SelectorKind>(found - kNames.begin());
}

std::string title(SelectorKind kind, const SelectorSettings& settings) {
  switch (kind) {
    case SelectorKind::kZeusCost:
      return fmt::format("{}, eta {:g}", option_name(kind), settings.eta_knob);
    case SelectorKind::kMaxSlowdown:
    case SelectorKind::kLeastEnergyWithinSlowdown:
      return fmt::format("{} {:g}", option_name(kind), settings.slowdown);
    default:
      return std::string(option_name(kind));
  }
}

char letter(SelectorKind kind) { return "ETZML"[static_cast<std::size_t>(kind)]; }

std::shared_ptr<const OptimumSelector> make_selector(SelectorKind kind,
                                                     const SelectorSettings& settings) {
  switch (kind) {
    case SelectorKind::kEnergy:
      return std::make_shared<Energy>();
    case SelectorKind::kTime:
      return std::make_shared<Time>();
    case SelectorKind::kZeusCost:
      break;
    case SelectorKind::kMaxSlowdown:
      return std::make_shared<MaxSlowdownConstraint>(settings.slowdown);
    case SelectorKind::kLeastEnergyWithinSlowdown:
      return std::make_shared<LeastEnergyWithinSlowdown>(settings.slowdown);
  }
  return std::make_shared<ZeusCost>(settings.eta_knob, settings.world_size);
}

Change change_between(const PowerLimitMeasurement& from, const PowerLimitMeasurement& to) {
  return {.energy_saving_percent = 100.0 * (1.0 - to.energy / from.energy),
          .slowdown_percent = 100.0 * (to.time / from.time - 1.0)};
}

const PowerLimitMeasurement& highest_limit(std::span<const PowerLimitMeasurement> points) {
  return *std::ranges::max_element(points, {}, &PowerLimitMeasurement::power_limit);
}

const PowerLimitMeasurement* find_limit(std::span<const PowerLimitMeasurement> points,
                                        Watts limit) {
  const auto found = std::ranges::find_if(points, [limit](const PowerLimitMeasurement& point) {
    return same_limit(point.power_limit, limit);
  });
  return found == points.end() ? nullptr : &*found;
}

std::vector<LimitFigures> limit_figures(std::span<const PowerLimitMeasurement> points,
                                        const SelectorSettings& settings) {
  std::vector<PowerLimitMeasurement> sorted(points.begin(), points.end());
  std::ranges::stable_sort(sorted, std::ranges::greater{}, &PowerLimitMeasurement::power_limit);
  std::vector<LimitFigures> figures;
  for (const auto& [limit, energy, time] : sorted) {
    const PowerLimitMeasurement& highest = sorted.front();
    figures.push_back({.limit = limit,
                       .energy = energy,
                       .time = time,
                       .power = energy / time,
                       .cost = zeus_cost(energy, time, settings.eta_knob,
                                         highest.power_limit * settings.world_size),
                       .change = change_between(highest, {limit, energy, time})});
  }
  return figures;
}

std::vector<SelectorChoice> choose(std::span<const SelectorKind> kinds,
                                   const SelectorSettings& settings,
                                   std::span<const PowerLimitMeasurement> points) {
  std::vector<SelectorChoice> choices;
  choices.reserve(kinds.size());
  for (const SelectorKind kind : kinds) {
    const Watts limit = make_selector(kind, settings)->select(points);
    choices.push_back(
        {.kind = kind,
         .power_limit = limit,
         .change = change_between(highest_limit(points), *find_limit(points, limit))});
  }
  return choices;
}

}  // namespace zeus::apps
