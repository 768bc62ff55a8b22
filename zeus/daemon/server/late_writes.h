// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The changes of one GPU whose clients don't wait for them (block=false), in the order in which
// they came. A thread while there are any. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace zeus::daemon {

class LateWrites {
 public:
  LateWrites() = default;
  LateWrites(const LateWrites&) = delete;
  LateWrites& operator=(const LateWrites&) = delete;
  // Waits for the change that is under way, and drops those that wait: they use what is gone then.
  ~LateWrites();

  // False where too many wait. `write` must not throw.
  [[nodiscard]] bool add(std::function<void()> write);

  // Waits until all that were added are done: who waits for his change wants it to be the last.
  // False where they weren't by then.
  bool finish(std::chrono::milliseconds patience);

 private:
  struct Core {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> waiting;
    bool is_running = false;
  };
  static void run(const std::shared_ptr<Core>& core);

  std::shared_ptr<Core> core_ = std::make_shared<Core>();
};

}  // namespace zeus::daemon
