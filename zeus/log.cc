// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/log.h"

#include <pthread.h>

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace zeus {
namespace {

constexpr int kSilent = static_cast<int>(LogLevel::kError) + 1;

struct Log {
  // Recursive: a sink may itself call the library.
  std::atomic<std::recursive_mutex*> mutex{new std::recursive_mutex};
  std::vector<std::recursive_mutex*> inherited;  // of a forked child's parents
  LogSink sink;
  std::atomic<int> level{kSilent};
};

Log& the_log() {
  // Never destroyed: what runs at exit (putting limits back) still has something to say.
  static Log* const instance = [] {
    static auto* const log = new Log;
    // The parent's mutex may be held by a thread that the child doesn't have.
    pthread_atfork(nullptr, nullptr,
                   [] { log->inherited.push_back(log->mutex.exchange(new std::recursive_mutex)); });
    return log;
  }();
  return *instance;
}

}  // namespace

LogSink set_log_sink(LogSink sink, LogLevel level) {
  Log& log = the_log();
  const std::lock_guard lock(*log.mutex.load());
  log.level = sink ? static_cast<int>(level) : kSilent;
  return std::exchange(log.sink, std::move(sink));
}

bool log_enabled(LogLevel level) noexcept {
  return static_cast<int>(level) >= the_log().level.load(std::memory_order_relaxed);
}

void log(LogLevel level, std::string_view logger, std::string_view text) noexcept {
  if (!log_enabled(level)) return;
  Log& log = the_log();
  try {
    const std::lock_guard lock(*log.mutex.load());
    if (log.sink) log.sink(level, logger, text);
  } catch (...) {  // NOLINT(bugprone-empty-catch): a line that can't be told must not end training
  }
}

}  // namespace zeus
