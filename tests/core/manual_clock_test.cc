// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The tests' own clock decides what many other tests see, so it is tested too.
#include "tests/manual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace zeus::testing {
namespace {

using ::testing::ElementsAre;

TEST(ManualClock, stands_still_until_it_is_advanced) {
  ManualClock clock(Seconds(5), Seconds(1000));
  EXPECT_EQ(clock.monotonic(), Seconds(5));
  EXPECT_EQ(clock.unix_time(), Seconds(1000));
  clock.advance(Seconds(2));
  EXPECT_EQ(clock.monotonic(), Seconds(7));
  EXPECT_EQ(clock.unix_time(), Seconds(1002));
}

TEST(ManualClock, a_jump_of_the_date_leaves_the_monotonic_time) {
  ManualClock clock(Seconds(5), Seconds(1000));
  clock.jump_unix_time(Seconds(-400));
  EXPECT_EQ(clock.monotonic(), Seconds(5));
  EXPECT_EQ(clock.unix_time(), Seconds(600));
}

TEST(ManualClock, a_sleep_that_cannot_be_stopped_moves_the_time) {
  ManualClock clock(Seconds(5));
  clock.sleep_until(Seconds(7), std::stop_token());
  EXPECT_EQ(clock.monotonic(), Seconds(7));
  clock.sleep_until(Seconds(6), std::stop_token());
  EXPECT_EQ(clock.monotonic(), Seconds(7));
}

TEST(ManualClock, advancing_stops_at_every_deadline_of_a_sleeper) {
  ManualClock clock(Seconds(0));
  std::vector<double> woken_at;
  std::jthread sleeper([&](const std::stop_token& stop) {
    for (double deadline = 1; !stop.stop_requested(); deadline += 1) {
      clock.sleep_until(Seconds(deadline), stop);
      if (!stop.stop_requested()) woken_at.push_back(clock.monotonic().value());
    }
  });
  clock.wait_for_sleepers(1);
  clock.advance(Seconds(3.5));
  EXPECT_THAT(woken_at, ElementsAre(1.0, 2.0, 3.0));
  clock.advance(Seconds(0.5));
  EXPECT_THAT(woken_at, ElementsAre(1.0, 2.0, 3.0, 4.0));
  sleeper.request_stop();
  sleeper.join();
  clock.advance(Seconds(10));  // nobody sleeps any more: would time out otherwise
}

}  // namespace
}  // namespace zeus::testing
