// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/write_rate.h"

#include <gtest/gtest.h>

namespace zeus::daemon {
namespace {

using std::chrono::milliseconds;

constexpr WriteRateTerms kTerms{.per_second = 10, .burst = 3};

TEST(WriteRateTest, a_burst_is_allowed_and_then_the_rate) {
  WriteRate rate;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(rate.allows(1, 1, kTerms, milliseconds(1000)));
  EXPECT_FALSE(rate.allows(1, 1, kTerms, milliseconds(1000)));
  EXPECT_FALSE(rate.allows(1, 1, kTerms, milliseconds(1090)));
  EXPECT_TRUE(rate.allows(1, 1, kTerms, milliseconds(1110)));
  EXPECT_FALSE(rate.allows(1, 1, kTerms, milliseconds(1110)));
}

TEST(WriteRateTest, users_have_each_their_own) {
  WriteRate rate;
  EXPECT_TRUE(rate.allows(1, 3, kTerms, milliseconds(0)));
  EXPECT_FALSE(rate.allows(1, 1, kTerms, milliseconds(0)));
  EXPECT_TRUE(rate.allows(2, 3, kTerms, milliseconds(0)));
}

TEST(WriteRateTest, more_at_once_than_the_burst_is_possible_after_a_pause) {
  WriteRate rate;
  EXPECT_TRUE(rate.allows(1, 8, kTerms, milliseconds(0)));
  EXPECT_FALSE(rate.allows(1, 1, kTerms, milliseconds(500))) << "five are still owed";
  EXPECT_TRUE(rate.allows(1, 1, kTerms, milliseconds(700)));
}

TEST(WriteRateTest, a_clock_that_goes_back_gives_nothing) {
  WriteRate rate;
  EXPECT_TRUE(rate.allows(1, 3, kTerms, milliseconds(10'000)));
  EXPECT_FALSE(rate.allows(1, 1, kTerms, milliseconds(0)));
}

}  // namespace
}  // namespace zeus::daemon
