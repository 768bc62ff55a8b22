// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Notices at once that a process has ended, however it did, by its pidfd, and that a moment has
// come. One thread, which sleeps until then. Thread-safe.
#pragma once

#include <cstdint>
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

  // Until it ends, or unwatch(). False where it has ended. Throws std::system_error where it can't
  // be watched, for example because this process has no more files.
  [[nodiscard]] bool watch(const JobIdentity& process);

  // From here on its end is nobody's business. Nothing where it isn't watched.
  void unwatch(const JobIdentity& process);

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
  using AllWatched = std::map<std::uint64_t, Watched>;
  AllWatched::iterator find(const JobIdentity& process);
  void forget(AllWatched::iterator watched);

  // By numbers that are used once: an event that was on its way when its process was let go of is
  // no other one's.
  AllWatched watched_;
  std::uint64_t last_key_ = 0;
  std::jthread thread_;
};

}  // namespace zeus::daemon
