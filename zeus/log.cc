// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/log.h"

#include <atomic>
#include <mutex>
#include <utility>

namespace zeus {
namespace {

constexpr int kSilent = static_cast<int>(LogLevel::kError) + 1;

struct Log {
  std::recursive_mutex mutex;  // a sink may itself call the library
  LogSink sink;
  std::atomic<int> level{kSilent};
};

Log& the_log() {
  // Never destroyed: what runs at exit (putting limits back) still has something to say.
  static Log* const instance = new Log;
  return *instance;
}

}  // namespace

LogSink set_log_sink(LogSink sink, LogLevel level) {
  Log& log = the_log();
  const std::lock_guard lock(log.mutex);
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
    const std::lock_guard lock(log.mutex);
    if (log.sink) log.sink(level, logger, text);
  } catch (...) {  // NOLINT(bugprone-empty-catch): a line that can't be told must not end training
  }
}

}  // namespace zeus
