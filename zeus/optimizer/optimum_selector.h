// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What "best" means is the user's: a selector picks one power limit among the measured ones. Derive
// from OptimumSelector for a measure of your own:
//
//     class LeastPower final : public zeus::OptimumSelector {
//       zeus::Watts do_select(std::span<const zeus::PowerLimitMeasurement> points) const override;
//     };
#pragma once

#include <span>

#include "zeus/units.h"

namespace zeus {

// What one power limit did over the same number of steps as every other.
struct PowerLimitMeasurement {
  Watts power_limit;
  Joules energy;  // of all GPUs of the job
  Seconds time;   // of the slowest rank
};

class OptimumSelector {
 public:
  OptimumSelector() = default;
  OptimumSelector(const OptimumSelector&) = default;
  OptimumSelector& operator=(const OptimumSelector&) = default;
  virtual ~OptimumSelector() = default;

  // The best of `measurements`, which are in the order of measuring (highest limit first).
  // Throws ZeusValueError when there are none.
  [[nodiscard]] Watts select(std::span<const PowerLimitMeasurement> measurements) const;

 private:
  // `measurements` is not empty.
  [[nodiscard]] virtual Watts do_select(
      std::span<const PowerLimitMeasurement> measurements) const = 0;
};

}  // namespace zeus
