// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/rapl/wrapping_counter.h"

#include <gtest/gtest.h>

namespace zeus::rapl {
namespace {

TEST(WrappingCounter, counts_from_its_first_reading) {
  WrappingCounter counter(500, 1000);
  EXPECT_EQ(counter.advance(500), 0U);
  EXPECT_EQ(counter.advance(700), 200U);
  EXPECT_EQ(counter.advance(701), 201U);
}

TEST(WrappingCounter, a_wrap_is_as_long_as_the_range) {
  WrappingCounter counter(900, 1000);
  EXPECT_EQ(counter.advance(50), 150U);
  EXPECT_EQ(counter.advance(1000), 1100U);
  EXPECT_EQ(counter.advance(0), 1100U);
  EXPECT_EQ(counter.advance(1), 1101U);
}

TEST(WrappingCounter, without_a_range_a_reset_starts_again_and_nothing_is_taken_away) {
  WrappingCounter counter(900, 0);
  EXPECT_EQ(counter.advance(950), 50U);
  EXPECT_EQ(counter.advance(10), 50U);
  EXPECT_EQ(counter.advance(30), 70U);
}

TEST(WrappingCounter, a_first_reading_beyond_the_range_takes_nothing_away) {
  WrappingCounter counter(2000, 1000);
  EXPECT_EQ(counter.advance(100), 0U);
  EXPECT_EQ(counter.advance(160), 60U);
}

}  // namespace
}  // namespace zeus::rapl
