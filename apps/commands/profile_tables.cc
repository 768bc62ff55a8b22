// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/profile_tables.h"

#include <algorithm>
#include <vector>

#include "apps/terminal/number_format.h"
#include "apps/terminal/text_table.h"

namespace zeus::apps {
namespace {

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
  const std::vector<LimitFigures> figures = limit_figures(points, settings);
  const auto most = [&figures](auto member) {
    return std::ranges::max(figures, {}, member).*member;
  };
  const NumberFormat energy = NumberFormat::for_energy(most(&LimitFigures::energy));
  const NumberFormat time = NumberFormat::for_time(most(&LimitFigures::time));
  const NumberFormat power = NumberFormat::for_power(most(&LimitFigures::power));
  const NumberFormat cost = NumberFormat::for_energy(most(&LimitFigures::cost));

  TextTable table({{"limit"},
                   {"energy"},
                   {"time"},
                   {"power"},
                   {"cost"},
                   {"saved"},
                   {"slower"},
                   {"picked by", Align::kLeft}});
  for (const LimitFigures& point : figures) {
    const std::string marks = letters(point.limit, choices);
    table.add_row(
        {format_limit(point.limit), energy(point.energy), time(point.time), power(point.power),
         cost(point.cost), format_percent(point.change.energy_saving_percent),
         format_percent(point.change.slowdown_percent), marks},
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
