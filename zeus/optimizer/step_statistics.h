// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What can be said of a series of step times: which steps are unlike the others, whether the long
// ones come in a cycle, and how sure the mean is. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace zeus {

enum class StepKind : std::uint8_t { kNormal, kLong, kShort };

// The middle value; of an even number, the mean of the two in the middle. 0 for none.
[[nodiscard]] double median(std::vector<double> values);

// A step is long or short where its time is more than `least_factor` from the median, and more than
// `deviations` robust standard deviations, both of the logarithm. `times` are above zero.
[[nodiscard]] std::vector<StepKind> classify_steps(std::span<const double> times,
                                                   double least_factor, double deviations);

// The steps from one long step to the next, where they come regularly: trainers of reinforcement
// learning generate every k-th step. 2 to `longest`; 0 where there is no cycle.
[[nodiscard]] int find_cycle(std::span<const StepKind> kinds, int longest);

struct MeanAndError {
  double mean = 0.0;
  double error = 0.0;  // one standard deviation of the mean; 0 for fewer than two values
};

// The error takes into account that a value tells something about the next ones.
[[nodiscard]] MeanAndError mean_and_error(std::span<const double> values);

// Whether the second half of the series lies elsewhere than the first: by more than three standard
// errors of the difference, and by more than `least_share` of the mean.
[[nodiscard]] bool halves_differ(std::span<const double> values, double least_share);

}  // namespace zeus
