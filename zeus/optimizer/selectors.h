// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The selectors that come with the library. The first of several equal points wins. Stateless:
// thread-safe.
#pragma once

#include "zeus/optimizer/optimum_selector.h"

namespace zeus {

// eta * energy + (1 - eta) * max_power * time: the cost of You, Chung, Chowdhury, "Zeus:
// Understanding and Optimizing GPU Energy Consumption of DNN Training", NSDI '23. In joules.
[[nodiscard]] constexpr Joules zeus_cost(Joules energy, Seconds time, double eta_knob,
                                         Watts max_power) {
  return eta_knob * energy + (1.0 - eta_knob) * (max_power * time);
}

// Least energy.
class Energy final : public OptimumSelector {
  Watts do_select(std::span<const PowerLimitMeasurement> measurements) const override;
};

// Least time. With noise that need not be the highest limit, which then costs energy for nothing.
class Time final : public OptimumSelector {
  Watts do_select(std::span<const PowerLimitMeasurement> measurements) const override;
};

// Least zeus_cost(), with max_power = highest measured limit * world_size.
class ZeusCost final : public OptimumSelector {
 public:
  // 0 (only time counts) <= eta_knob <= 1 (only energy counts); world_size: the job's GPUs, >= 1.
  explicit ZeusCost(double eta_knob, int world_size = 1);

  [[nodiscard]] double eta_knob() const { return eta_knob_; }
  [[nodiscard]] int world_size() const { return world_size_; }

 private:
  Watts do_select(std::span<const PowerLimitMeasurement> measurements) const override;

  double eta_knob_;
  int world_size_;
};

// The lowest limit whose time is at most `factor` times that at the highest limit.
class MaxSlowdownConstraint final : public OptimumSelector {
 public:
  explicit MaxSlowdownConstraint(double factor);  // >= 1
  [[nodiscard]] double factor() const { return factor_; }

 private:
  Watts do_select(std::span<const PowerLimitMeasurement> measurements) const override;

  double factor_;
};

// The limit of least energy among those whose time is at most `factor` times that at the highest
// limit. Where a lower limit takes more energy than a higher one, MaxSlowdownConstraint picks the
// lower and pays twice; this one doesn't.
class LeastEnergyWithinSlowdown final : public OptimumSelector {
 public:
  explicit LeastEnergyWithinSlowdown(double factor);  // >= 1
  [[nodiscard]] double factor() const { return factor_; }

 private:
  Watts do_select(std::span<const PowerLimitMeasurement> measurements) const override;

  double factor_;
};

}  // namespace zeus
