// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <thread>

namespace zeus {
namespace {

TEST(SystemClock, is_one_clock_for_the_whole_process) { EXPECT_EQ(system_clock(), system_clock()); }

TEST(SystemClock, unix_time_is_that_of_the_machine) {
  const auto now = [] {
    return Seconds(
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
  };
  const Seconds before = now();
  const Seconds told = system_clock()->unix_time();
  const Seconds after = now();
  EXPECT_LE(before, told);
  EXPECT_LE(told, after);
}

TEST(SystemClock, monotonic_time_passes_and_never_goes_back) {
  const Seconds first = system_clock()->monotonic();
  Seconds last = first;
  while (last == first) {
    const Seconds now = system_clock()->monotonic();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(SystemClock, sleeping_until_a_deadline_does_not_return_before_it) {
  const auto clock = system_clock();
  const Seconds deadline = clock->monotonic() + Seconds(0.02);
  clock->sleep_until(deadline, {});
  EXPECT_GE(clock->monotonic(), deadline);
}

TEST(SystemClock, a_deadline_in_the_past_returns_at_once) {
  const auto clock = system_clock();
  clock->sleep_until(clock->monotonic() - Seconds(1), {});  // would hang the test otherwise
}

TEST(SystemClock, a_stop_request_ends_a_long_sleep) {
  const auto clock = system_clock();
  const Seconds deadline = clock->monotonic() + Seconds(3600);
  std::stop_source stop;
  std::thread sleeper([&] { clock->sleep_until(deadline, stop.get_token()); });
  stop.request_stop();
  sleeper.join();
  EXPECT_LT(clock->monotonic(), deadline);
}

TEST(SystemClock, a_stop_that_was_requested_before_the_sleep_ends_it_at_once) {
  const auto clock = system_clock();
  const Seconds deadline = clock->monotonic() + Seconds(3600);
  std::stop_source stop;
  stop.request_stop();
  clock->sleep_until(deadline, stop.get_token());
  EXPECT_LT(clock->monotonic(), deadline);
}

}  // namespace
}  // namespace zeus
