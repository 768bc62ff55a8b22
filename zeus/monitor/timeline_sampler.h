// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads quantities of GPUs at a steady pace, on a thread of its own, and keeps their timelines:
// what the power and temperature monitors of the Python package are made of. Times are Unix times,
// kept by the monotonic clock from the moment at which the sampler was made: setting the machine's
// date later changes neither their order nor their distances. Thread-safe. In a forked child every
// method throws ZeusForkError.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "zeus/clock.h"
#include "zeus/device/gpu.h"
#include "zeus/monitor/timeline.h"

namespace zeus {

enum class SampledQuantity { kInstantPower, kAveragePower, kMemoryPower, kTemperature };

// In W or degrees Celsius. Throws what the driver answers.
[[nodiscard]] double read_quantity(Gpu& gpu, SampledQuantity quantity);

struct SampledSource {
  VisibleGpu visible;
  SampledQuantity quantity = SampledQuantity::kInstantPower;
};

class TimelineSampler {
 public:
  // Starts the thread. `period` is above zero and in the time of `clock`; `max_points` is the bound
  // of each timeline. A reading that fails is left out and reported in the log once until one
  // succeeds again. So are powers of zero, which drivers return when asked too often, and powers
  // that the GPU cannot draw. Throws ZeusValueError for a period that isn't a time above zero or a
  // bound of zero.
  TimelineSampler(std::vector<SampledSource> sources, Seconds period,
                  std::optional<std::size_t> max_points, std::shared_ptr<Clock> clock);
  TimelineSampler(const TimelineSampler&) = delete;
  TimelineSampler& operator=(const TimelineSampler&) = delete;
  ~TimelineSampler();

  // Of the `source`-th source; see Timeline.
  [[nodiscard]] std::vector<TimelinePoint> points(std::size_t source, std::optional<Seconds> begin,
                                                  std::optional<Seconds> end) const;
  [[nodiscard]] std::optional<double> value_near(std::size_t source,
                                                 std::optional<Seconds> time) const;
  [[nodiscard]] std::optional<double> integral(std::size_t source, Seconds begin,
                                               Seconds end) const;

  // Ends the sampling; the timelines stay. May be called again.
  void stop();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace zeus
