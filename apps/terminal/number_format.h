// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Numbers for people. A column has one unit and one number of decimals, by its largest value.
#pragma once

#include <string>

#include "zeus/units.h"

namespace zeus::apps {

// Writes numbers of one quantity in one unit, for example "29.31 kJ".
class NumberFormat {
 public:
  [[nodiscard]] static NumberFormat for_energy(Joules largest);
  [[nodiscard]] static NumberFormat for_time(Seconds largest);
  [[nodiscard]] static NumberFormat for_power(Watts largest);

  [[nodiscard]] std::string operator()(Joules energy) const { return write(energy.value()); }
  [[nodiscard]] std::string operator()(Seconds time) const { return write(time.value()); }
  [[nodiscard]] std::string operator()(Watts power) const { return write(power.value()); }

 private:
  NumberFormat(double largest, double divisor, std::string unit);
  [[nodiscard]] std::string write(double value) const;

  double divisor_;
  int decimals_;
  std::string unit_;
};

// A power limit: "250 W", "187.5 W".
[[nodiscard]] std::string format_limit(Watts limit);

// With a sign and one decimal: "+7.2 %".
[[nodiscard]] std::string format_percent(double percent);

// "1 step", "2 steps".
[[nodiscard]] std::string count_of(long long number, const char* thing);

// Text that came from a driver or a file, without what could steer a terminal.
[[nodiscard]] std::string printable(std::string text);

}  // namespace zeus::apps
