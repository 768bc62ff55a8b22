// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/number_format.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace zeus::apps {
namespace {

// Four digits that count for the largest value.
int decimals_for(double largest) {
  if (!(largest > 0)) return 0;
  const int digits_before_point = static_cast<int>(std::floor(std::log10(largest))) + 1;
  return std::min(std::max(4 - digits_before_point, 0), 9);
}

}  // namespace

NumberFormat::NumberFormat(double largest, double divisor, std::string unit)
    : divisor_(divisor), decimals_(decimals_for(largest / divisor)), unit_(std::move(unit)) {}

NumberFormat NumberFormat::for_energy(Joules largest) {
  const double joules = largest.value();
  if (joules >= 1e7) return {joules, 1e6, "MJ"};
  if (joules >= 1e4) return {joules, 1e3, "kJ"};
  return {joules, 1.0, "J"};
}

NumberFormat NumberFormat::for_time(Seconds largest) { return {largest.value(), 1.0, "s"}; }

NumberFormat NumberFormat::for_power(Watts largest) { return {largest.value(), 1.0, "W"}; }

std::string NumberFormat::write(double value) const {
  return fmt::format("{:.{}f} {}", value / divisor_, decimals_, unit_);
}

std::string format_limit(Watts limit) {
  // Limits are whole milliwatts in the driver.
  return fmt::format("{:.7g} W", from_milliwatts(to_milliwatts(limit)).value());
}

std::string format_percent(double percent) {
  const std::string text = fmt::format("{:+.1f} %", percent);
  return text == "+0.0 %" || text == "-0.0 %" ? "0.0 %" : text;
}

std::string count_of(long long number, const char* thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text;
}

}  // namespace zeus::apps
