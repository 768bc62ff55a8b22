// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What all runs of one contender in one scenario come to, as a table and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "benchmarks/search_regret/judge.h"

namespace zeus::search_regret {

struct Run {
  int curve = 0;         // its number
  bool is_flat = false;  // no limit changes what the job draws
  SearchOutcome outcome;
  Verdict verdict;
};

struct Cell {
  std::string scenario;
  std::string contender;
  std::string goal;
  std::vector<Run> runs;
};

struct Summary {
  double probes = 0.0;  // means
  double steps = 0.0;
  double median = 0.0;  // of the regret, in percent
  double p95 = 0.0;
  double most = 0.0;
  double p95_of_tried = 0.0;  // against the best of the limits that were tried
  double broken = 0.0;        // percent of the runs
  double keeps_prior = 0.0;   // percent of the runs
  double job_10000 = 0.0;     // medians, percent
  double job_1000 = 0.0;
  std::optional<double> probes_of_flat;  // the mean of flat jobs
  // Of the runs that have 5 % to gain: percent whose job of 1,000 steps costs less than untuned.
  std::optional<double> saves_in_1000;
};

[[nodiscard]] Summary summarize(const std::vector<Run>& runs);

// Of the curves, percent on which a job of 10,000 steps has no more regret than the reference's and
// a quarter of a percent, in the median of the runs.
[[nodiscard]] double curves_no_worse(const Cell& cell, const Cell& reference);

// Where the sweep's cell of the same scenario and goal is among them, it is the reference.
[[nodiscard]] std::string as_table(const std::vector<Cell>& cells);
[[nodiscard]] std::string as_json(const std::vector<Cell>& cells);

}  // namespace zeus::search_regret
