// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/idle_watch.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <vector>

#include "tests/manual_clock.h"
#include "tests/thread_count.h"

namespace zeus::testing {
namespace {

struct IdleWatchTest : ::testing::Test {
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  Heartbeat heartbeat;
  std::mutex mutex;
  std::vector<Seconds> quiet;  // at each time that it called
  IdleWatch watch{heartbeat, clock, {}, [this](Seconds time) {
                    heartbeat.set_idle(true);
                    const std::lock_guard lock(mutex);
                    quiet.push_back(time);
                  }};

  void start(IdleWatch::Mode mode) {
    watch.set_mode(mode);
    clock->wait_for_sleepers(1);
  }
  std::size_t calls() {
    const std::lock_guard lock(mutex);
    return quiet.size();
  }
  // `count` steps of that length, the last of which ends.
  void train(int count, Seconds step) {
    for (int i = 0; i < count; ++i) {
      heartbeat.step_begins();
      clock->advance(step);
    }
    heartbeat.step_ends();
  }
};

TEST_F(IdleWatchTest, calls_once_when_no_hook_came_for_30_s_while_searching) {
  start(IdleWatch::Mode::kSearching);
  train(100, Seconds(1));
  EXPECT_EQ(calls(), 0U);
  clock->advance(Seconds(26));
  EXPECT_EQ(calls(), 0U);
  clock->advance(Seconds(10));
  EXPECT_EQ(calls(), 1U);
  clock->advance(Seconds(1000));
  EXPECT_EQ(calls(), 1U) << "once until a step goes on";
  heartbeat.set_idle(false);
  train(3, Seconds(1));
  clock->advance(Seconds(40));
  EXPECT_EQ(calls(), 2U);
}

TEST_F(IdleWatchTest, waits_for_ten_of_the_longest_steps) {
  start(IdleWatch::Mode::kSearching);
  train(10, Seconds(60));
  EXPECT_EQ(calls(), 0U) << "neither before it knew how long steps are";
  clock->advance(Seconds(400));
  EXPECT_EQ(calls(), 0U);
  clock->advance(Seconds(300));
  EXPECT_EQ(calls(), 1U);
}

TEST_F(IdleWatchTest, waits_for_ten_minutes_while_holding) {
  start(IdleWatch::Mode::kHolding);
  train(10, Seconds(300));
  EXPECT_EQ(calls(), 0U);
  clock->advance(Seconds(700));
  EXPECT_EQ(calls(), 1U);
}

TEST_F(IdleWatchTest, a_silence_outside_a_step_is_not_taken_for_a_long_step) {
  start(IdleWatch::Mode::kSearching);
  train(10, Seconds(1));
  clock->advance(Seconds(500));
  EXPECT_EQ(calls(), 1U);
  heartbeat.set_idle(false);
  train(10, Seconds(1));
  clock->advance(Seconds(40));
  EXPECT_EQ(calls(), 2U);
}

TEST_F(IdleWatchTest, its_thread_is_away_while_the_process_forks_and_comes_back_by_itself) {
  start(IdleWatch::Mode::kSearching);
  train(10, Seconds(1));
  const int with_watch = thread_count();
  EXPECT_EQ(threads_while_forking(), with_watch - 1);
  EXPECT_FALSE(heartbeat.has_news());
  EXPECT_EQ(thread_count(), with_watch);
  clock->wait_for_sleepers(1);
  clock->advance(Seconds(40));
  EXPECT_EQ(calls(), 1U) << "training has ended: no step brings it back";
}

TEST_F(IdleWatchTest, its_thread_stays_away_until_a_runtime_that_forks_has_counted_threads) {
  start(IdleWatch::Mode::kSearching);
  train(10, Seconds(1));
  const int with_watch = thread_count();
  ForkSafeThread::begin_fork_of_runtime();
  EXPECT_EQ(threads_while_forking(), with_watch - 1);
  ForkSafeThread::end_fork_of_runtime();
  EXPECT_EQ(thread_count(), with_watch - 1);
  EXPECT_TRUE(heartbeat.has_news()) << "a step may be faster";
  ForkSafeThread::resume_all();
  EXPECT_FALSE(heartbeat.has_news());
  EXPECT_EQ(thread_count(), with_watch);
  clock->wait_for_sleepers(1);
  clock->advance(Seconds(40));
  EXPECT_EQ(calls(), 1U);
}

TEST_F(IdleWatchTest, a_process_that_forks_often_goes_idle_as_soon_as_another) {
  start(IdleWatch::Mode::kSearching);
  train(10, Seconds(1));
  for (int i = 0; i < 40; ++i) {
    EXPECT_GT(threads_while_forking(), 0);
    clock->wait_for_sleepers(1);
    clock->advance(Seconds(1));
  }
  EXPECT_EQ(calls(), 1U);
}

TEST_F(IdleWatchTest, a_watch_that_is_off_is_not_asked_for_after_a_fork) {
  start(IdleWatch::Mode::kSearching);
  watch.set_mode(IdleWatch::Mode::kOff);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(heartbeat.has_news());
  watch.set_mode(IdleWatch::Mode::kHolding);
  clock->wait_for_sleepers(1);
  clock->advance(Seconds(700));
  EXPECT_EQ(calls(), 1U);
}

TEST_F(IdleWatchTest, is_silent_when_off) {
  start(IdleWatch::Mode::kSearching);
  watch.set_mode(IdleWatch::Mode::kOff);
  clock->advance(Seconds(10000));
  EXPECT_EQ(calls(), 0U);
}

}  // namespace
}  // namespace zeus::testing
