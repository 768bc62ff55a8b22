// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a sensor is worth, from many readings of it in a row: how often it moves, what a call takes,
// what a power sensor averages over and how late it is. Pure: reads nothing itself.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "zeus/units.h"

namespace zeus {

struct SensorReading {
  Seconds begin{};     // of the call
  Seconds end{};       // of the call
  double value = 0.0;  // joules or watts

  /// When the value was taken: somewhere in the call.
  [[nodiscard]] Seconds time() const { return begin + (end - begin) / 2.0; }
};
using SensorTrace = std::vector<SensorReading>;

struct CallTimes {
  Seconds median{};
  Seconds p99{};
  Seconds longest{};
};

/// Nothing without a reading.
[[nodiscard]] std::optional<CallTimes> call_times(std::span<const SensorReading> trace);

/// How a sensor moves.
struct SensorTicks {
  int count = 0;            // changes that were seen
  Seconds period{};         // from one to the next, median
  Seconds jitter{};         // scatter of that, 1.4826 times the median deviation
  double least_step = 0;    // the smallest change, joules or watts
  bool is_resolved = true;  // false: the readings are too far apart, the period may be shorter
};

/// Nothing where fewer than three changes were seen.
[[nodiscard]] std::optional<SensorTicks> ticks_of(std::span<const SensorReading> trace);

/// How a power sensor follows the energy counter of the same device.
struct PowerSensorFit {
  Seconds averaging{};       // the stretch that a reading is the mean of
  Seconds lag{};             // from the end of that stretch to the reading, on average
  double explained = 0;      // the share of the power's variance that this explains, at most 1
  bool is_shortest = false;  // the stretch is that or shorter: the counter's tick hides it
};

/// Nothing where the power was too steady to tell (it scatters by less than 5 % of its mean), or
/// the two don't follow each other (`explained` below 0.8).
[[nodiscard]] std::optional<PowerSensorFit> fit_power_sensor(std::span<const SensorReading> counter,
                                                             std::span<const SensorReading> power);

/// Energy of the counter over that of the integrated power, between the counter's first change and
/// its last; nothing where there are fewer than three.
[[nodiscard]] std::optional<double> counter_over_power(std::span<const SensorReading> counter,
                                                       std::span<const SensorReading> power);

/// The shortest window whose energy two plain readings give to within `share`: `typical` as the
/// root of the mean square at constant power, where the edges lie anywhere in a tick of `period`,
/// which is 1/sqrt(6) of one at both ends together; `sure` in the worst case, a whole tick.
struct ShortestWindow {
  Seconds typical{};
  Seconds sure{};
};
[[nodiscard]] ShortestWindow shortest_window(Seconds period, double share);

}  // namespace zeus
