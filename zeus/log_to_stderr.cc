// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>

#include "zeus/log.h"

namespace zeus {
namespace {

struct LevelLook {
  const char* name;
  const char* colour;
};

LevelLook look_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return {"debug", "\x1b[36m"};
    case LogLevel::kInfo:
      return {"info", "\x1b[32m"};
    case LogLevel::kWarning:
      return {"warning", "\x1b[33m\x1b[1m"};
    case LogLevel::kError:
      return {"error", "\x1b[31m\x1b[1m"};
  }
  return {"", ""};
}

// Local time, "2026-11-26 15:24:21.083".
std::string time_text() {
  using std::chrono::milliseconds;
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto since = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", local.tm_year + 1900,
                     local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                     since % 1000);
}

}  // namespace

void log_to_stderr(LogLevel level) {
  set_log_sink(
      [colours = isatty(STDERR_FILENO) == 1](LogLevel line_level, std::string_view logger,
                                             std::string_view text) {
        const LevelLook look = look_of(line_level);
        // One write a line, so that lines of several processes don't mix.
        const std::string line =
            fmt::format("[{}] [{}] [{}{}{}] {}\n", time_text(), logger, colours ? look.colour : "",
                        look.name, colours ? "\x1b[m" : "", text);
        std::fwrite(line.data(), 1, line.size(), stderr);
      },
      level);
}

}  // namespace zeus
