// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/clock.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace zeus {
namespace {

class SystemClock final : public Clock {
 public:
  Seconds monotonic() const override {
    return seconds(std::chrono::steady_clock::now().time_since_epoch());
  }

  Seconds unix_time() const override {
    return seconds(std::chrono::system_clock::now().time_since_epoch());
  }

  void sleep_until(Seconds deadline, std::stop_token stop) override {
    const Seconds left = deadline - monotonic();
    if (left <= Seconds(0)) return;
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_for(lock, stop, std::chrono::duration<double>(left.value()), [] { return false; });
  }

 private:
  template <class Duration>
  static Seconds seconds(Duration duration) {
    return Seconds(std::chrono::duration<double>(duration).count());
  }
};

}  // namespace

std::shared_ptr<Clock> system_clock() {
  static const std::shared_ptr<Clock> clock = std::make_shared<SystemClock>();
  return clock;
}

}  // namespace zeus
