// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which readings cannot be true. Drivers return garbage now and then: all bits set, a sample of
// megawatts, a counter that starts again. One such reading in an integral spoils hours of good
// ones, so it is dropped. The bounds are generous: what a board can draw never reaches them. Pure.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "zeus/units.h"

namespace zeus {

/// A board's short peaks exceed its highest power limit, but never by this factor.
inline constexpr double kMostOverLimit = 3;

/// Over seconds GPUs draw a few percent more than the limit in force, more at the lowest ones.
/// Beyond this the limit was not in force, or the figure is of more GPUs.
inline constexpr double kMostMeanOverLimit = 1.3;

/// Reading takes time: a counter may have counted this much longer than the two timestamps say.
inline constexpr Seconds kReadingSlack{0.5};

/// Whether a GPU can draw this much. `highest_limit` is the top of its range of power limits; none
/// where it isn't known. UINT_MAX milliwatts is what drivers report when they have no value.
[[nodiscard]] inline bool is_plausible_power(Watts power, std::optional<Watts> highest_limit) {
  constexpr Watts kNoValue = from_milliwatts(std::numeric_limits<std::uint32_t>::max());
  if (!std::isfinite(power.value()) || power < Watts(0) || power >= kNoValue) return false;
  return !highest_limit || power <= kMostOverLimit * *highest_limit;
}

/// Whether a GPU's counter can show this much: 1e13 J are 1,000 W for 300 years.
[[nodiscard]] constexpr bool is_plausible_counter(Joules energy) {
  return energy >= Joules(0) && energy < Joules(1e13);
}

/// The most that a counter can count in a stretch of time.
struct CounterBound {
  Watts power{std::numeric_limits<double>::infinity()};  // infinite where no limit is known
  Seconds slack;                                         // beside the stretch itself

  [[nodiscard]] constexpr Joules in(Seconds time) const { return power * (time + slack); }
};

/// `period` is how often the counter moves.
[[nodiscard]] constexpr CounterBound counter_bound(std::optional<Watts> highest_limit,
                                                   Seconds period) {
  CounterBound bound{.slack = 2 * period + kReadingSlack};
  if (highest_limit) bound.power = kMostOverLimit * *highest_limit;
  return bound;
}

/// The +- of a counter's difference over `time`: one `period` of its mean power.
[[nodiscard]] constexpr Joules uncertainty_of_difference(Joules energy, Seconds time,
                                                         Seconds period) {
  return time > Seconds(0) ? energy * (period / time) : energy;
}

enum class CounterStep { kPlausible, kBackwards, kTooFar };

/// Judges two readings of a counter, `elapsed` apart.
[[nodiscard]] constexpr CounterStep judge_step(Joules begin, Joules end, Seconds elapsed,
                                               const CounterBound& bound) {
  if (end < begin) return CounterStep::kBackwards;
  return end - begin <= bound.in(elapsed) ? CounterStep::kPlausible : CounterStep::kTooFar;
}

}  // namespace zeus
