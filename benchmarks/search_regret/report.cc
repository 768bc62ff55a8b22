// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/search_regret/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace zeus::search_regret {
namespace {

// `values` is not empty.
double quantile(std::vector<double> values, double share) {
  const double place = std::ceil(share * static_cast<double>(values.size())) - 1;
  const auto at = static_cast<std::ptrdiff_t>(std::max(0.0, place));
  std::ranges::nth_element(values, values.begin() + at);
  return values[static_cast<std::size_t>(at)];
}

template <class Of>
std::vector<double> each(const std::vector<Run>& runs, Of of) {
  std::vector<double> values;
  values.reserve(runs.size());
  std::ranges::transform(runs, std::back_inserter(values), of);
  return values;
}

template <class Of>
double mean(const std::vector<Run>& runs, Of of) {
  double sum = 0;
  for (const Run& run : runs) sum += of(run);
  return sum / static_cast<double>(runs.size());
}

template <class Holds, class Of>
std::optional<double> mean_where(const std::vector<Run>& runs, Holds holds, Of of) {
  std::vector<Run> those;
  std::ranges::copy_if(runs, std::back_inserter(those), holds);
  if (those.empty()) return std::nullopt;
  return mean(those, of);
}

// Medians of the runs of each curve.
std::map<int, double> job_10000_by_curve(const Cell& cell) {
  std::map<int, std::vector<double>> all;
  for (const Run& run : cell.runs) all[run.curve].push_back(run.verdict.job_10000);
  std::map<int, double> medians;
  for (auto& [curve, values] : all) medians[curve] = quantile(std::move(values), 0.5);
  return medians;
}

std::optional<double> no_worse_than_sweep(const Cell& cell, const std::vector<Cell>& cells) {
  const auto sweep = std::ranges::find_if(cells, [&cell](const Cell& it) {
    return it.contender == "optimizer, 7 limits" && it.scenario == cell.scenario &&
           it.goal == cell.goal;
  });
  if (sweep == cells.end()) return std::nullopt;
  return curves_no_worse(cell, *sweep);
}

nlohmann::ordered_json or_null(std::optional<double> value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

std::string or_dash(std::optional<double> value) {
  return value ? fmt::format("{:.1f}", *value) : "-";
}

}  // namespace

double curves_no_worse(const Cell& cell, const Cell& reference) {
  constexpr double kTolerance = 0.0025;
  const std::map<int, double> own = job_10000_by_curve(cell);
  const std::map<int, double> other = job_10000_by_curve(reference);
  const auto count = std::ranges::count_if(
      own, [&other](const auto& it) { return it.second <= other.at(it.first) + kTolerance; });
  return 100.0 * static_cast<double>(count) / static_cast<double>(own.size());
}

Summary summarize(const std::vector<Run>& runs) {
  const std::vector<double> regrets =
      each(runs, [](const Run& run) { return 100 * run.verdict.regret; });
  const auto of_tried = [](const Run& run) { return 100 * run.verdict.regret_of_tried; };
  const auto long_job = [](const Run& run) { return 100 * run.verdict.job_10000; };
  const auto short_job = [](const Run& run) { return 100 * run.verdict.job_1000; };
  return {
      .probes = mean(runs, [](const Run& run) { return run.outcome.probes; }),
      .steps = mean(runs, [](const Run& run) { return run.outcome.steps; }),
      .median = quantile(regrets, 0.5),
      .p95 = quantile(regrets, 0.95),
      .most = quantile(regrets, 1),
      .p95_of_tried = quantile(each(runs, of_tried), 0.95),
      .broken = mean(runs, [](const Run& run) { return run.verdict.is_broken ? 100 : 0; }),
      .keeps_prior = mean(runs, [](const Run& run) { return run.outcome.keeps_prior ? 100 : 0; }),
      .job_10000 = quantile(each(runs, long_job), 0.5),
      .job_1000 = quantile(each(runs, short_job), 0.5),
      .probes_of_flat = mean_where(
          runs, [](const Run& run) { return run.is_flat; },
          [](const Run& run) { return run.outcome.probes; }),
      .saves_in_1000 = mean_where(
          runs, [](const Run& run) { return run.verdict.ceiling >= 0.05; },
          [](const Run& run) { return run.verdict.job_1000 < run.verdict.ceiling ? 100 : 0; })};
}

std::string as_table(const std::vector<Cell>& cells) {
  std::string text = fmt::format(
      "| {:31} | {:26} | {:21} | probes | steps | median | p95 | p95 of tried | max | broken | "
      "prior kept "
      "| 10,000 steps | 1,000 steps | flat: probes | saves in 1,000 | no worse "
      "|\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
      "scenario", "strategy", "selector");
  for (const Cell& cell : cells) {
    const Summary s = summarize(cell.runs);
    text += fmt::format(
        "| {:31} | {:26} | {:21} | {:.1f} | {:.0f} | {:.2f} | {:.2f} | {:.2f} | {:.1f} | {:.1f} | "
        "{:.1f} "
        "| {:.2f} | {:.1f} | {} | {} | {} |\n",
        cell.scenario, cell.contender, cell.goal, s.probes, s.steps, s.median, s.p95,
        s.p95_of_tried, s.most, s.broken, s.keeps_prior, s.job_10000, s.job_1000,
        or_dash(s.probes_of_flat), or_dash(s.saves_in_1000),
        or_dash(no_worse_than_sweep(cell, cells)));
  }
  return text;
}

std::string as_json(const std::vector<Cell>& cells) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Cell& cell : cells) {
    const Summary s = summarize(cell.runs);
    rows.push_back(
        {{"scenario", cell.scenario},
         {"strategy", cell.contender},
         {"selector", cell.goal},
         {"runs", cell.runs.size()},
         {"probes", s.probes},
         {"steps", s.steps},
         {"regret_median_percent", s.median},
         {"regret_p95_percent", s.p95},
         {"regret_p95_of_tried_percent", s.p95_of_tried},
         {"regret_max_percent", s.most},
         {"broken_percent", s.broken},
         {"prior_kept_percent", s.keeps_prior},
         {"job_of_10000_steps_regret_median_percent", s.job_10000},
         {"job_of_1000_steps_regret_median_percent", s.job_1000},
         {"probes_of_flat_jobs", or_null(s.probes_of_flat)},
         {"saves_in_1000_steps_percent", or_null(s.saves_in_1000)},
         {"curves_no_worse_than_sweep_percent", or_null(no_worse_than_sweep(cell, cells))}});
  }
  return nlohmann::ordered_json({{"simulated", true}, {"results", std::move(rows)}}).dump(1) + "\n";
}

}  // namespace zeus::search_regret
