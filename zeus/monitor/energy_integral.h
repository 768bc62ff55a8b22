// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Energy from power samples: each sample holds until the next (step-hold), and the integral is kept
// as one running total, so that memory does not grow with time. A stretch's energy is the
// difference of two totals. Pure arithmetic; not thread-safe.
#pragma once

#include "zeus/units.h"

namespace zeus {

class EnergyIntegral {
 public:
  // The power is `power` from `time` on. The first call starts the integral at zero. A sample older
  // than the newest one says nothing new and is dropped.
  void add_sample(Seconds time, Watts power) {
    if (!started_) {
      started_ = true;
      segment_start_ = time;
      power_ = power;
    } else if (time < newest_) {
      return;
    } else if (power != power_) {
      // Only a change of power adds a rounding: steady power stays exact.
      total_at_segment_start_ = total_at(time);
      previous_power_ = power_;
      segment_start_ = time;
      power_ = power;
    }
    newest_ = time;
  }

  // Like add_sample(), after a gap: since the newest sample the power was the mean of that one's
  // and of `power` (the trapezoidal rule). Needs a sample before.
  void bridge_to(Seconds time, Watts power) {
    add_sample(newest_, (power_ + power) / 2);
    add_sample(time, power);
  }

  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] Seconds newest() const { return newest_; }     // the newest sample's time
  [[nodiscard]] Watts newest_power() const { return power_; }  // and power

  // Energy from the first sample to `time`, which may lie before the newest sample, as far back as
  // the change of power before the last one.
  [[nodiscard]] Joules total_at(Seconds time) const {
    const Watts power = time < segment_start_ ? previous_power_ : power_;
    return total_at_segment_start_ + power * (time - segment_start_);
  }

 private:
  bool started_ = false;
  Seconds newest_;
  Seconds segment_start_;
  Watts power_;           // since segment_start_
  Watts previous_power_;  // in the segment before
  Joules total_at_segment_start_;
};

}  // namespace zeus
