// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Notices at once that a process has ended, however it did, by its pidfd, and that a moment has
// come. One thread, which sleeps until then. Thread-safe.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "zeus/daemon/server/lease_table.h"
#include "zeus/guard/journal_entry.h"

namespace zeus::daemon {

// CLOCK_MONOTONIC.
[[nodiscard]] Instant now();

class ProcessWatch {
 public:
  // Both are called from the thread, one at a time. `on_alarm` answers when it wants to be called
  // next.
  ProcessWatch(std::function<void(const JobIdentity&)> on_end,
               std::function<std::optional<Instant>()> on_alarm);
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;
  ~ProcessWatch();

  // Until it ends. False where there is no such process any more.
  [[nodiscard]] bool watch(const JobIdentity& process);

  // Has on_alarm called soon: there may be an earlier moment.
  void look_again();

 private:
  void run(const std::stop_token& stop);

  const std::function<void(const JobIdentity&)> on_end_;
  const std::function<std::optional<Instant>()> on_alarm_;
  int poll_ = -1;
  int wake_ = -1;
  std::mutex mutex_;
  struct Watched {
    JobIdentity process;
    int file;
  };
  std::map<int, Watched> watched_;  // by pid
  std::jthread thread_;
};

}  // namespace zeus::daemon
