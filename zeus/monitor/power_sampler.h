// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The energy counter of a GPU that has none: a thread reads its power at a steady pace, by the
// monotonic clock, and keeps the integral. Each sample holds until the next. A gap in the samples
// is bridged by the mean of the powers before and after it. If reading failed for longer than
// longest_bridged_gap(), the energy of that stretch is not known. Thread-safe.
#pragma once

#include <cstdint>
#include <exception>
#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "zeus/clock.h"
#include "zeus/device/gpu.h"
#include "zeus/monitor/energy_integral.h"
#include "zeus/monitor/power_reader.h"

namespace zeus {

/// Some samples, and at least a second.
[[nodiscard]] Seconds longest_bridged_gap(Seconds sampling_period);

class PowerSampler {
 public:
  /// One edge of a window.
  struct Edge {
    Joules energy;  // since the sampler started
    Joules doubt;   // how far off the bridged gaps can be, together; grows with the energy
    /// Stretches that aren't known so far. Two edges with different numbers have one between them.
    std::uint64_t breaks = 0;
  };

  /// Starts the thread and waits until it runs. `period` is in the time of `clock`.
  PowerSampler(VisibleGpu gpu, Seconds period, std::shared_ptr<Clock> clock);
  PowerSampler(const PowerSampler&) = delete;
  PowerSampler& operator=(const PowerSampler&) = delete;
  ~PowerSampler() = default;

  /// Reads the power at `time`, which is now or a moment ago, and returns the integral up to there.
  /// Throws what PowerReader throws.
  Edge edge(Seconds time);

  /// Throws the error that made the last stretch unknown. Call it where two edges have different
  /// numbers of breaks.
  [[noreturn]] void throw_break() const;

  /// How many powers were dropped because they could not be true.
  [[nodiscard]] std::uint64_t dropped() const { return reader_.dropped(); }

 private:
  /// A gap that has just ended.
  struct Gap {
    Seconds length;
    bool is_bridged = true;
    std::exception_ptr failure;  // null: no sample was taken for so long
  };

  void run(const std::stop_token& stop);
  void sample(const std::stop_token& stop);
  void give_up(const std::exception_ptr& failure);
  std::optional<Gap> add(Seconds time, Watts power);
  void record_failure(Seconds time, const std::exception_ptr& failure);
  void report(const Gap& gap);

  PowerReader reader_;
  const Seconds period_;
  const std::shared_ptr<Clock> clock_;
  mutable std::mutex mutex_;  // never held during a driver call
  EnergyIntegral integral_;
  Joules doubt_;
  std::uint64_t breaks_ = 0;
  std::exception_ptr failure_;        // of the newest samples; null when the newest succeeded
  std::exception_ptr break_failure_;  // what made the last break
  bool long_failure_told_ = false;
  bool gap_told_ = false;
  std::exception_ptr gave_up_;  // why the thread takes no more samples: the clock failed
  std::latch started_{1};
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace zeus
