// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A clock that a test moves by hand. `advance()` is deterministic also where other threads sleep on
// the clock: it stops at each of their deadlines, lets the sleeper do its work until it sleeps
// again, and only then goes on. As in the simulated driver's virtual time, a sleep that can be
// stopped is a background thread's and waits for advance(); one that can't moves the time itself.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "zeus/clock.h"

namespace zeus::testing {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Seconds monotonic = Seconds(100), Seconds unix_time = Seconds(1.7e9))
      : now_(monotonic), unix_offset_(unix_time - monotonic) {}

  [[nodiscard]] Seconds monotonic() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  [[nodiscard]] Seconds unix_time() const override {
    const std::lock_guard lock(mutex_);
    return now_ + unix_offset_;
  }

  void sleep_until(Seconds deadline, std::stop_token stop) override {
    if (!stop.stop_possible()) {
      if (const Seconds left = deadline - monotonic(); left > Seconds(0)) advance(left);
      return;
    }
    std::unique_lock lock(mutex_);
    Sleeper& sleeper = sleepers_[std::this_thread::get_id()];
    sleeper = {.deadline = deadline, .stop = stop, .asleep = true};
    changed_.notify_all();
    changed_.wait(lock, stop, [&] { return now_ >= deadline; });
    sleeper.asleep = false;
    if (stop.stop_requested()) sleepers_.erase(std::this_thread::get_id());
    changed_.notify_all();
  }

  // Blocks until `count` threads sleep on this clock: call it once after making an object that
  // starts such a thread.
  void wait_for_sleepers(std::size_t count) {
    std::unique_lock lock(mutex_);
    wait(lock, [&] {
      std::size_t asleep = 0;
      for (const auto& [thread, sleeper] : sleepers_) asleep += sleeper.asleep ? 1 : 0;
      return asleep >= count;
    });
  }

  void advance(Seconds by) {
    std::unique_lock lock(mutex_);
    const Seconds target = now_ + by;
    for (;;) {
      wait(lock, [&] { return settled(); });
      Seconds next = target;
      for (const auto& [thread, sleeper] : sleepers_) {
        if (sleeper.asleep && sleeper.deadline < next) next = sleeper.deadline;
      }
      const bool arrived = next >= target;
      if (next > now_) now_ = next;
      changed_.notify_all();
      if (arrived) break;
    }
    wait(lock, [&] { return settled(); });
  }

  // What a user setting the machine's date does.
  void jump_unix_time(Seconds by) {
    const std::lock_guard lock(mutex_);
    unix_offset_ += by;
  }

 private:
  struct Sleeper {
    Seconds deadline;
    std::stop_token stop;
    bool asleep = false;
  };

  // Every thread that ever slept here sleeps on a later deadline, or was told to stop.
  [[nodiscard]] bool settled() const {
    for (const auto& [thread, sleeper] : sleepers_) {
      if (sleeper.stop.stop_requested()) continue;
      if (!sleeper.asleep || sleeper.deadline <= now_) return false;
    }
    return true;
  }

  template <class Predicate>
  void wait(std::unique_lock<std::mutex>& lock, Predicate predicate) {
    using namespace std::chrono_literals;
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    // Polls, because a stop request has no way to notify this condition variable.
    while (!changed_.wait_for(lock, 10ms, predicate)) {
      if (std::chrono::steady_clock::now() > give_up) {
        throw std::logic_error("ManualClock: a thread that slept on this clock never came back");
      }
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Seconds now_;
  Seconds unix_offset_;
  std::map<std::thread::id, Sleeper> sleepers_;
};

}  // namespace zeus::testing
