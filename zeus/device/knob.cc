// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/knob.h"

#include <array>
#include <charconv>

namespace zeus {
namespace {

// The shortest decimal number that is exact to the milliwatt.
std::string in_watts(Watts power) {
  std::array<char, 64> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(),
                    from_milliwatts(to_milliwatts(power)).value(), std::chars_format::fixed)
          .ptr;
  return {text.data(), end};
}

}  // namespace

std::strong_ordering operator<=>(const KnobSetting& a, const KnobSetting& b) {
  if (const auto order = to_milliwatts(a.power_limit) <=> to_milliwatts(b.power_limit);
      order != 0) {
    return order;
  }
  if (!a.locked_clock || !b.locked_clock) {
    return b.locked_clock.has_value() <=> a.locked_clock.has_value();
  }
  return to_whole_megahertz(*a.locked_clock) <=> to_whole_megahertz(*b.locked_clock);
}

std::string describe(const KnobSetting& setting) {
  std::string text = in_watts(setting.power_limit) + " W";
  if (setting.locked_clock) {
    text += ", " + std::to_string(to_whole_megahertz(*setting.locked_clock)) + " MHz";
  }
  return text;
}

}  // namespace zeus
