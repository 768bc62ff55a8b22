// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/fork_safe_thread.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <future>
#include <mutex>
#include <thread>

#include "tests/thread_count.h"

namespace zeus {
namespace {

using testing::thread_count;
using testing::threads_while_forking;

// Until it is asked to end.
void wait(const std::stop_token& stop, bool /*is_resumed*/) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

TEST(ForkSafeThread, is_away_while_the_process_forks) {
  // With the thread that a sanitizer may have of its own, which comes with the first one.
  const int without = [] {
    ForkSafeThread other(wait, {});
    other.start();
    other.allow_absence();
    return threads_while_forking();
  }();
  ForkSafeThread thread(wait, {});
  EXPECT_EQ(threads_while_forking(), without);
  EXPECT_EQ(thread_count(), without) << "not before it is started";
  thread.start();
  EXPECT_EQ(threads_while_forking(), without);
  EXPECT_EQ(thread_count(), without + 1);
  thread.allow_absence();
  EXPECT_EQ(threads_while_forking(), without);
  EXPECT_EQ(thread_count(), without);
}

// Two locks in two orders: the work waits for who waits for the thread's.
TEST(ForkSafeThread, whose_work_waits_for_who_starts_it_holds_up_no_fork) {
  std::mutex mutex;
  std::promise<void> asked;
  ForkSafeThread thread(
      [&](const std::stop_token& stop, bool is_resumed) {
        if (!is_resumed) {
          while (!stop.stop_requested()) std::this_thread::yield();
          asked.set_value();
          const std::lock_guard lock(mutex);
        }
      },
      {});
  thread.start();
  std::unique_lock lock(mutex);
  std::jthread forking([] { EXPECT_GT(threads_while_forking(), 0); });
  asked.get_future().wait();
  thread.start();
  lock.unlock();
}

TEST(ForkSafeThread, can_be_dropped_in_a_child_whatever_others_do) {
  ForkSafeThread busy(wait, {});
  const std::jthread starting([&busy](const std::stop_token& stop) {
    while (!stop.stop_requested()) busy.start();
  });
  for (int i = 0; i < 200; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);  // a child that hangs is killed by it
      busy.stop();
      ::_exit(7);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << i;
  }
}

TEST(ForkSafeThread, takes_no_signal_of_the_programs) {
  std::promise<bool> is_blocked;
  ForkSafeThread thread(
      [&is_blocked](const std::stop_token&, bool) {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        is_blocked.set_value(sigismember(&mask, SIGINT) == 1);
      },
      {});
  thread.start();
  EXPECT_TRUE(is_blocked.get_future().get());
}

}  // namespace
}  // namespace zeus
