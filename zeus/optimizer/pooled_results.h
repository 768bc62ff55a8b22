// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a search's probes say together: those of one setting are one point, and settings that were
// measured twice show how much probes differ beyond what each knows of its own error. Pure.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "zeus/device/knob.h"
#include "zeus/optimizer/probe_result.h"
#include "zeus/optimizer/search_strategy.h"
#include "zeus/units.h"

namespace zeus {

struct PoolingRules {
  double between_at_first = 0.01;  // the standard deviation between probes, relative
  double worth_of_first = 2.0;     // repeats that outweigh it
  double long_share = 0.05;        // long steps count where they are surely more than this
  bool pools_long_share = true;
  bool leaves_out_drifting = true;
  // A setting that passes a bound on time only by its error does not pass: its time is taken as so
  // many standard deviations longer, less the slack that a bound has.
  double deviations = 3.0;
  double slack = 0.02;
};

struct PooledPoint {
  KnobSetting setting{};
  Joules energy{};
  Seconds time{};
  double own_variance = 0.0;  // of ln(time), from the probes' own errors
  int probes = 0;
};

struct PooledResults {
  std::vector<PooledPoint> points;  // highest setting first, which is the reference
  double between = 0.0;             // the standard deviation of ln(time) between probes

  [[nodiscard]] const PooledPoint* find(const KnobSetting& setting) const;
};

// The results with one share of long steps for all, each in its place. Results whose steps drifted
// are left out where there are others of that setting.
[[nodiscard]] std::vector<ProbeResult> with_shared_long_steps(std::span<const ProbeResult> history,
                                                              const PoolingRules& rules = {});

// Results whose steps drifted are left out where there are others of that setting.
[[nodiscard]] PooledResults pool(std::span<const ProbeResult> history,
                                 const PoolingRules& rules = {});

// What the selector picks where times may be longer by their error. Settings count as probed
// `least_probes` times at least: what would be picked if they were. Throws as select_setting().
[[nodiscard]] KnobSetting select_safely(const PooledResults& pooled,
                                        const SearchObjective& objective, int least_probes,
                                        const PoolingRules& rules = {});

}  // namespace zeus
