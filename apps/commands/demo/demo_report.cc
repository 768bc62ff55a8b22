// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/demo/demo_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "apps/commands/profile_tables.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/text_table.h"

namespace zeus::apps {
namespace {

std::string heading(const std::string& text, bool colours) {
  return styled(text, Look::kBold, colours) + "\n";
}

std::string measured_text(const DemoReport& report, bool colours) {
  if (report.measurements.empty()) return "No power limit was measured to the end.\n";
  const std::string what =
      report.is_from_file
          ? "What the profile file has of each power limit"
          : fmt::format("{} at each power limit, on {}",
                        count_of(report.profile_steps, "training step"),
                        count_of(static_cast<long long>(report.gpus.size()), "GPU"));
  std::string text = heading(what, colours);
  text += limits_table(report.measurements, report.settings, report.choices, colours);
  text += styled(fmt::format("  saved, slower: against {}. cost: zeus-cost's, with eta {:g}.",
                             format_limit(highest_limit(report.measurements).power_limit),
                             report.settings.eta_knob),
                 Look::kDim, colours) +
          "\n";
  if (report.choices.empty()) return text;
  return text + "\n" + heading("What each selector picks", colours) +
         choices_table(report.choices, report.settings, report.selector, colours);
}

void add_row(TextTable& table, const std::string& name, const Spent& spent, const Spent& without,
             const NumberFormat& energy) {
  // As many steps for both.
  const double share = static_cast<double>(spent.steps) / static_cast<double>(without.steps);
  const Change change = change_a_step(without, spent);
  table.add_row(
      {name, std::to_string(spent.steps), energy(without.energy * share), energy(spent.energy),
       format_percent(change.energy_saving_percent), format_percent(change.slowdown_percent)},
      change.energy_saving_percent > 0 ? Look::kGood : Look::kPlain);
}

std::string saved_text(const DemoReport& report, bool colours) {
  if (!report.without_zeus) return "";
  const Spent& without = *report.without_zeus;
  const NumberFormat energy = NumberFormat::for_energy(report.with_zeus.energy);
  TextTable table(
      {{"", Align::kLeft}, {"steps"}, {"without"}, {"with zeus"}, {"saved"}, {"slower"}});
  add_row(table, "whole run, with measuring", report.with_zeus, without, energy);
  if (report.after_choice)
    add_row(table, "after the choice", *report.after_choice, without, energy);
  return "\n" + heading("What zeus saved in this run", colours) + table.text(colours) +
         styled(fmt::format("  without: at the prior limits, by {} run for comparison.",
                            count_of(without.steps, "step")),
                Look::kDim, colours) +
         "\n";
}

std::string limits_text(const DemoReport& report, bool colours) {
  std::string limits;
  for (std::size_t first = 0, end = 0; first < report.gpus.size(); first = end) {
    const Watts limit = report.gpus[first].final_limit;
    while (end < report.gpus.size() && same_limit(report.gpus[end].final_limit, limit)) ++end;
    limits +=
        fmt::format("{}{} x {}", limits.empty() ? "" : ", ", end - first, format_limit(limit));
  }
  return report.limits_are_back()
             ? styled(fmt::format("The power limits that were there before are back: {}.", limits),
                      Look::kGood, colours)
             : styled(fmt::format("The power limits are NOT as they were: {}.", limits),
                      Look::kWarning, colours);
}

}  // namespace

bool DemoReport::limits_are_back() const {
  return std::ranges::all_of(
      gpus, [](const DemoGpu& gpu) { return same_limit(gpu.prior_limit, gpu.final_limit); });
}

Change change_a_step(const Spent& from, const Spent& to) {
  const auto from_steps = static_cast<double>(from.steps);
  const auto to_steps = static_cast<double>(to.steps);
  return change_between(
      {.power_limit = {}, .energy = from.energy / from_steps, .time = from.time / from_steps},
      {.power_limit = {}, .energy = to.energy / to_steps, .time = to.time / to_steps});
}

std::string demo_text(const DemoReport& report, bool colours) {
  std::string text = measured_text(report, colours);
  if (report.signal != 0) {
    text += fmt::format("\nInterrupted after {} of training.\n",
                        count_of(report.with_zeus.steps, "step"));
  } else if (!report.stopped_because.empty()) {
    text += fmt::format("\nTuning ended early: {}.\n", report.stopped_because);
  } else if (!report.chosen) {
    text += fmt::format(
        "\nTraining ended after {} of {} power limits. Give more --epochs; with --profile\n"
        "FILE the next run goes on from here.\n",
        report.measurements.size(), report.limits.size());
  }
  return text + saved_text(report, colours) + "\n" + limits_text(report, colours) + "\n" +
         styled(report.source, Look::kWarning, colours) + "\n";
}

}  // namespace zeus::apps
