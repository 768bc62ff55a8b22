// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Strong types for the quantities of this library. The driver's raw milliwatts, millijoules and
// nanoseconds are converted where they enter, in a back end, and never travel further.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>

#include "zeus/abi.h"

namespace zeus {

// One physical quantity: a double in the unit that the type's name says. `Unit` only keeps the
// quantities apart.
template <class Unit>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) : value_(value) {}

  // The bare number, in the unit of the type.
  [[nodiscard]] constexpr double value() const { return value_; }

  constexpr auto operator<=>(const Quantity&) const = default;

  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value_ -= other.value_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value_ + b.value_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value_ - b.value_);
  }
  friend constexpr Quantity operator-(Quantity a) { return Quantity(-a.value_); }
  friend constexpr Quantity operator*(Quantity a, double factor) {
    return Quantity(a.value_ * factor);
  }
  friend constexpr Quantity operator*(double factor, Quantity a) {
    return Quantity(a.value_ * factor);
  }
  friend constexpr Quantity operator/(Quantity a, double divisor) {
    return Quantity(a.value_ / divisor);
  }
  // The ratio of two like quantities is a bare number.
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }

 private:
  double value_ = 0.0;
};

using Joules = Quantity<struct JouleUnit>;
using Watts = Quantity<struct WattUnit>;
using Seconds = Quantity<struct SecondUnit>;
using Celsius = Quantity<struct CelsiusUnit>;
using MegaHertz = Quantity<struct MegaHertzUnit>;

constexpr Joules operator*(Watts power, Seconds time) {
  return Joules(power.value() * time.value());
}
constexpr Joules operator*(Seconds time, Watts power) { return power * time; }
constexpr Watts operator/(Joules energy, Seconds time) {
  return Watts(energy.value() / time.value());
}

// Power limits are whole milliwatts in the driver: two limits are the same limit when they round to
// the same number here.
[[nodiscard]] inline std::int64_t to_milliwatts(Watts power) {
  return std::llround(power.value() * 1000.0);
}
[[nodiscard]] constexpr Watts from_milliwatts(std::int64_t milliwatts) {
  return Watts(static_cast<double>(milliwatts) / 1000.0);
}
[[nodiscard]] inline bool same_limit(Watts a, Watts b) {
  return to_milliwatts(a) == to_milliwatts(b);
}

// Clocks are whole megahertz in the driver.
[[nodiscard]] inline std::int64_t to_whole_megahertz(MegaHertz clock) {
  return std::llround(clock.value());
}

}  // namespace zeus
