// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/rapl/wrapping_counter.h"

#include <gtest/gtest.h>

namespace zeus::rapl {
namespace {

TEST(WrappingCounter, counts_from_its_first_reading) {
  WrappingCounter counter(500, 1000);
  EXPECT_EQ(counter.advance(500, 1000), 0U);
  EXPECT_EQ(counter.advance(700, 1000), 200U);
  EXPECT_EQ(counter.advance(701, 1000), 201U);
}

TEST(WrappingCounter, a_wrap_is_as_long_as_the_range) {
  WrappingCounter counter(900, 1000);
  EXPECT_EQ(counter.advance(50, 1000), 150U);
  EXPECT_EQ(counter.advance(1000, 1000), 1100U);
  EXPECT_EQ(counter.advance(0, 1000), 1100U);
  EXPECT_EQ(counter.advance(1, 1000), 1101U);
}

TEST(WrappingCounter, without_a_range_a_reset_starts_again_and_nothing_is_taken_away) {
  WrappingCounter counter(900, 0);
  EXPECT_EQ(counter.advance(950, 1000), 50U);
  EXPECT_EQ(counter.advance(10, 1000), 50U);
  EXPECT_EQ(counter.advance(30, 1000), 70U);
}

TEST(WrappingCounter, a_first_reading_beyond_the_range_takes_nothing_away) {
  WrappingCounter counter(2000, 1000);
  EXPECT_EQ(counter.advance(100, 1000), 0U);
  EXPECT_EQ(counter.advance(160, 1000), 60U);
}

TEST(WrappingCounter, a_wrap_that_would_be_more_than_can_have_been_counted_is_a_reset) {
  WrappingCounter counter(500, 1000);
  EXPECT_EQ(counter.advance(600, 1000), 100U);
  EXPECT_EQ(counter.advance(5, 404), 100U);  // a wrap would be 405
  EXPECT_EQ(counter.resets(), 1U);
  EXPECT_EQ(counter.advance(25, 404), 120U);
  EXPECT_EQ(counter.advance(990, 1000), 1085U);
  EXPECT_EQ(counter.advance(5, 15), 1100U);
  EXPECT_EQ(counter.resets(), 1U);
}

}  // namespace
}  // namespace zeus::rapl
