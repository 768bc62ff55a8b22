// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/selectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "zeus/error.h"

namespace zeus {
namespace {

using Points = std::span<const PowerLimitMeasurement>;

Watts highest_limit(Points points) {
  return std::ranges::max_element(points, {}, &PowerLimitMeasurement::power_limit)->power_limit;
}

Watts least_energy(Points points) {
  return std::ranges::min_element(points, {}, &PowerLimitMeasurement::energy)->power_limit;
}

// Never empty: the highest limit is within any factor >= 1 of itself.
std::vector<PowerLimitMeasurement> within_slowdown(Points points, double factor) {
  const Seconds unlimited =
      std::ranges::max_element(points, {}, &PowerLimitMeasurement::power_limit)->time;
  std::vector<PowerLimitMeasurement> within;
  std::ranges::copy_if(points, std::back_inserter(within), [&](const PowerLimitMeasurement& point) {
    return point.time <= factor * unlimited;
  });
  return within;
}

double checked_factor(double factor) {
  if (!(factor >= 1.0) || !std::isfinite(factor)) {
    throw ZeusValueError(fmt::format("factor must be at least 1.0, got {}", factor));
  }
  return factor;
}

}  // namespace

Watts OptimumSelector::select(Points measurements) const {
  if (measurements.empty()) throw ZeusValueError("there are no measurements to select from");
  return do_select(measurements);
}

Watts Energy::do_select(Points measurements) const { return least_energy(measurements); }

Watts Time::do_select(Points measurements) const {
  return std::ranges::min_element(measurements, {}, &PowerLimitMeasurement::time)->power_limit;
}

ZeusCost::ZeusCost(double eta_knob, int world_size) : eta_knob_(eta_knob), world_size_(world_size) {
  if (!(eta_knob >= 0.0 && eta_knob <= 1.0)) {
    throw ZeusValueError(fmt::format("eta_knob must be between 0 and 1, got {}", eta_knob));
  }
  if (world_size < 1) {
    throw ZeusValueError(fmt::format("world_size must be at least 1, got {}", world_size));
  }
}

Watts ZeusCost::do_select(Points measurements) const {
  const Watts max_power = highest_limit(measurements) * world_size_;
  return std::ranges::min_element(measurements, {},
                                  [&](const PowerLimitMeasurement& point) {
                                    return zeus_cost(point.energy, point.time, eta_knob_,
                                                     max_power);
                                  })
      ->power_limit;
}

MaxSlowdownConstraint::MaxSlowdownConstraint(double factor) : factor_(checked_factor(factor)) {}

Watts MaxSlowdownConstraint::do_select(Points measurements) const {
  const auto within = within_slowdown(measurements, factor_);
  return std::ranges::min_element(within, {}, &PowerLimitMeasurement::power_limit)->power_limit;
}

LeastEnergyWithinSlowdown::LeastEnergyWithinSlowdown(double factor)
    : factor_(checked_factor(factor)) {}

Watts LeastEnergyWithinSlowdown::do_select(Points measurements) const {
  return least_energy(within_slowdown(measurements, factor_));
}

}  // namespace zeus
