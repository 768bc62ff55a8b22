// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a search's choice is expected to bring, and what it cost to find it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "zeus/device/gpu.h"
#include "zeus/device/knob.h"
#include "zeus/optimizer/probe_result.h"
#include "zeus/units.h"

namespace zeus {

/// A share: -0.12 is 12 % less.
struct ExpectedChange {
  double share = 0.0;
  double error = 0.0;  // one standard deviation
};

struct SearchGain {
  KnobSetting reference{};  // the highest setting that was measured
  // Of the choice, against the reference. Energy has the host's share where `host_power` is known.
  ExpectedChange energy{};
  ExpectedChange time{};
  Watts host_power{};  // of the whole job
  // What profiling took, and how much more than as many steps at the reference; less than 0 where
  // the lower limits have saved something already.
  std::int64_t profiling_steps = 0;
  Joules profiling_energy{};
  Seconds profiling_time{};
  // So many steps at the choice save the energy that profiling cost. Nothing where the choice saves
  // no energy.
  std::optional<double> payback_steps{};
};

/// How the results came about.
struct GainTerms {
  PowerLimitRange allowed{};  // results at other limits don't count
  int profile_steps = 1;      // the results' energies and times are of so many
  int warmup_steps = 0;       // a probe, unmeasured
  Watts host_power{};         // of the whole job
};

/// Nothing where the choice, or all that is allowed, was never measured.
[[nodiscard]] std::optional<SearchGain> gain_of(std::span<const ProbeResult> history,
                                                const KnobSetting& choice, const GainTerms& terms);

/// For people: two sentences.
[[nodiscard]] std::string describe(const SearchGain& gain);
/// The second of them; empty where profiling took nothing.
[[nodiscard]] std::string describe_costs(const SearchGain& gain);

}  // namespace zeus
