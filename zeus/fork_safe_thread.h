// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A thread that is away while the process forks, and comes back right after: a program that forks
// its workers is not multi-threaded because of it (Python 3.12 warns of that), and a child has no
// half of it. It takes none of the program's signals.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "zeus/units.h"

namespace zeus {

class ForkSafeThread {
 public:
  // `work` returns soon after a stop is requested: a fork waits for it. It is called anew where the
  // thread starts (`is_resumed`: after a fork) and must not throw. `tell_away`, if any, is called
  // when the thread went for a fork and when it comes back, and must do next to nothing.
  ForkSafeThread(std::function<void(const std::stop_token& stop, bool is_resumed)> work,
                 std::function<void(bool is_away)> tell_away);
  ForkSafeThread(const ForkSafeThread&) = delete;
  ForkSafeThread& operator=(const ForkSafeThread&) = delete;
  // Waits for the thread.
  ~ForkSafeThread();

  // Nothing where it runs.
  void start();
  // Asks it to end, and waits for it.
  void stop();
  // It goes on, but need not come back after a fork.
  void allow_absence();
  // Starts it again where it went for a fork; where no thread is to be had it stays away.
  void resume() noexcept;

  // A runtime that forks, and counts the process's threads afterwards before it warns of them
  // (Python), calls these before and after; between them a fork in the same thread leaves the
  // threads away. Once it has counted it calls resume_all(), whatever the thread.
  static void begin_fork_of_runtime() noexcept;
  static void end_fork_of_runtime() noexcept;
  static void resume_all() noexcept;

 private:
  friend class ThreadsAtForks;

  // All with the mutex, which a fork holds from leave() on.
  void launch(bool is_resumed);
  void leave();
  void come_back();
  void be_gone_in_child();

  const std::function<void(const std::stop_token&, bool)> work_;
  const std::function<void(bool)> tell_away_;
  std::mutex mutex_;
  bool is_wanted_ = false;
  bool is_forking_ = false;
  bool has_left_ = false;  // for the fork that is under way
  bool is_away_ = false;   // went for a fork that is over, and is wanted
  std::atomic<pid_t> number_{0};
  std::jthread thread_;
};

}  // namespace zeus
