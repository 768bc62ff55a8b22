// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/profile_tables.h"

#include <algorithm>
#include <vector>

#include "apps/terminal/number_format.h"
#include "apps/terminal/text_table.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::apps {
namespace {

Joules cost(const PowerLimitMeasurement& point, Watts highest, const SelectorSettings& settings) {
  return zeus_cost(point.energy, point.time, settings.eta_knob, highest * settings.world_size);
}

std::string letters(Watts limit, std::span<const SelectorChoice> choices) {
  std::string text;
  for (const SelectorChoice& choice : choices) {
    if (!same_limit(choice.power_limit, limit)) continue;
    if (!text.empty()) text += ' ';
    text += letter(choice.kind);
  }
  return text;
}

}  // namespace

std::string limits_table(std::span<const PowerLimitMeasurement> points,
                         const SelectorSettings& settings, std::span<const SelectorChoice> choices,
                         bool colours) {
  const PowerLimitMeasurement highest = highest_limit(points);
  Joules most_energy, highest_cost;
  Seconds longest;
  Watts most_power;
  for (const PowerLimitMeasurement& point : points) {
    most_energy = std::max(most_energy, point.energy);
    longest = std::max(longest, point.time);
    most_power = std::max(most_power, point.energy / point.time);
    highest_cost = std::max(highest_cost, cost(point, highest.power_limit, settings));
  }
  const NumberFormat energy = NumberFormat::for_energy(most_energy);
  const NumberFormat time = NumberFormat::for_time(longest);
  const NumberFormat power = NumberFormat::for_power(most_power);
  const NumberFormat costs = NumberFormat::for_energy(highest_cost);

  std::vector<PowerLimitMeasurement> sorted(points.begin(), points.end());
  std::ranges::stable_sort(sorted, std::ranges::greater{}, &PowerLimitMeasurement::power_limit);
  TextTable table({{"limit"},
                   {"energy"},
                   {"time"},
                   {"power"},
                   {"cost"},
                   {"saved"},
                   {"slower"},
                   {"picked by", Align::kLeft}});
  for (const PowerLimitMeasurement& point : sorted) {
    const Change change = change_between(highest, point);
    const std::string marks = letters(point.power_limit, choices);
    table.add_row(
        {format_limit(point.power_limit), energy(point.energy), time(point.time),
         power(point.energy / point.time), costs(cost(point, highest.power_limit, settings)),
         format_percent(change.energy_saving_percent), format_percent(change.slowdown_percent),
         marks},
        marks.empty() ? Look::kPlain : Look::kGood);
  }
  return table.text(colours);
}

std::string choices_table(std::span<const SelectorChoice> choices, const SelectorSettings& settings,
                          std::optional<SelectorKind> in_use, bool colours) {
  TextTable table(
      {{"", Align::kLeft}, {"selector", Align::kLeft}, {"limit"}, {"saved"}, {"slower"}, {""}});
  for (const SelectorChoice& choice : choices) {
    const bool is_in_use = choice.kind == in_use;
    table.add_row(
        {std::string(1, letter(choice.kind)), title(choice.kind, settings),
         format_limit(choice.power_limit), format_percent(choice.change.energy_saving_percent),
         format_percent(choice.change.slowdown_percent), is_in_use ? "<- this run's" : ""},
        is_in_use ? Look::kBold : Look::kPlain);
  }
  return table.text(colours);
}

}  // namespace zeus::apps
