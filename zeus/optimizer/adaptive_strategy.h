// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Probes few limits and says how sure it is. The ceiling comes first; then the limit from which
// most is expected, by a belief over all limits (knob_prior.h), until nothing more is to be gained;
// then the best limit, which has been measured itself. Where the selector bounds the slowdown, the
// ceiling and the limit to choose are both measured twice. A job on which no limit acts costs two
// probes. What is decided follows from the history alone.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "zeus/optimizer/knob_prior.h"
#include "zeus/optimizer/search_strategy.h"

namespace zeus {

/// When a search is content. Logarithms of time or cost, unless said otherwise.
struct AdaptiveRule {
  // A candidate's cost counts with so many standard deviations added.
  double caution = 0.7;
  // Expected gain below which no further limit is probed.
  double least_gain = 0.002;
  // A limit this near to the best counts as well as it: the candidate need not be measured anew.
  double as_good = 0.001;
  // The floor is probed where the job draws less than this many times the lowest limit.
  double flat_draw = 1.25;
  // No limit acts where power at the floor differs by less than this.
  double flat_power = 0.08;
  // The floor is better all the same where it was cheaper by more than its uncertainty, with this
  // much scatter between probes.
  double flat_scatter = 0.005;
  // Where time is bounded: it may be exceeded by this much …
  double bound_slack = 0.0198026;  // ln 1.02
  // … with this many standard deviations to spare.
  double bound_deviations = 3.0;
  // Limits probed in search of the bound, apart from ceiling and floor, and repetitions.
  std::size_t bound_probes = 3;
  // A limit is probed in search of it where it is kept with so many deviations to spare.
  double bound_caution = 0.3;
  // It is not searched for where that gains less: of the range, of the energy.
  double bound_gap = 0.04;
  double bound_gain = 0.01;
  bool confirms = true;  // a bound: ceiling and candidate again
  bool keeps_ceiling_unless_sure = true;
  std::size_t users_probes = 7;  // where only the user's selector knows what is best
  std::size_t most_probes = 12;  // 0: chooses by what is known, however little
};

class AdaptiveStrategy final : public SearchStrategy {
 public:
  /// `gpu_count`: the GPUs of the job, whose energies a result adds up; at least 1.
  explicit AdaptiveStrategy(std::size_t gpu_count, AdaptiveRule rule = {}, KnobPrior prior = {})
      : gpu_count_(gpu_count), rule_(rule), prior_(std::move(prior)) {}

 private:
  SearchDecision do_next(std::span<const ProbeResult> history,
                         const SearchObjective& objective) const override;
  // An estimate: how many it takes depends on what they show.
  std::size_t do_probes_left(std::span<const ProbeResult> history) const override;

  std::size_t gpu_count_;
  AdaptiveRule rule_;
  KnobPrior prior_;
};

}  // namespace zeus
