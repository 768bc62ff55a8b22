// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/knob.h"

#include <gtest/gtest.h>

#include <optional>

namespace zeus {
namespace {

KnobSetting limit(double watts) { return {Watts(watts), std::nullopt}; }
KnobSetting limit_and_clock(double watts, double megahertz) {
  return {Watts(watts), MegaHertz(megahertz)};
}

TEST(KnobSetting, settings_that_the_driver_cannot_tell_apart_are_equal) {
  EXPECT_EQ(limit(225), limit(225.0004));
  EXPECT_NE(limit(225), limit(225.001));
  EXPECT_EQ(limit_and_clock(225, 1200), limit_and_clock(225.0004, 1200.4));
  EXPECT_NE(limit_and_clock(225, 1200), limit_and_clock(225, 1201));
}

TEST(KnobSetting, a_locked_clock_makes_another_setting) {
  EXPECT_NE(limit(225), limit_and_clock(225, 1200));
  EXPECT_NE(limit(225), limit_and_clock(225, 0));
}

TEST(KnobSetting, settings_are_ordered_by_limit_first_and_clock_second) {
  EXPECT_LT(limit(200), limit(225));
  EXPECT_LT(limit_and_clock(200, 1500), limit_and_clock(225, 1200));
  EXPECT_LT(limit_and_clock(225, 1200), limit_and_clock(225, 1500));
  EXPECT_GT(limit_and_clock(225, 1500), limit_and_clock(225, 1200));
  EXPECT_LE(limit(225), limit(225));
}

TEST(KnobSetting, an_unlocked_clock_comes_after_every_locked_one) {
  EXPECT_GT(limit(225), limit_and_clock(225, 99999));
  EXPECT_LT(limit_and_clock(225, 99999), limit(225));
  EXPECT_LT(limit(224), limit_and_clock(225, 1));
}

TEST(KnobSetting, is_described_in_the_users_units) {
  EXPECT_EQ(describe(limit(225)), "225 W");
  EXPECT_EQ(describe(limit(187.5)), "187.5 W");
  EXPECT_EQ(describe(limit(200.1234)), "200.123 W");
  EXPECT_EQ(describe(limit(100000)), "100000 W");
  EXPECT_EQ(describe(limit_and_clock(225, 1200)), "225 W, 1200 MHz");
  EXPECT_EQ(describe(limit_and_clock(225, 1199.6)), "225 W, 1200 MHz");
}

}  // namespace
}  // namespace zeus
