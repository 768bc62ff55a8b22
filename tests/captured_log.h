// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Keeps what the library says while it lives; the sink that was there comes back afterwards.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "zeus/log.h"

namespace zeus::testing {

class CapturedLog {
 public:
  struct Line {
    LogLevel level;
    std::string logger;
    std::string text;
  };

  explicit CapturedLog(LogLevel level = LogLevel::kInfo)
      : before_(set_log_sink(
            [this](LogLevel line_level, std::string_view logger, std::string_view text) {
              const std::lock_guard lock(mutex_);
              lines_.push_back({line_level, std::string(logger), std::string(text)});
            },
            level)) {}
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  ~CapturedLog() { set_log_sink(before_); }

  [[nodiscard]] std::vector<Line> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  // The texts of warnings and errors.
  [[nodiscard]] std::vector<std::string> warnings() const {
    std::vector<std::string> texts;
    for (const Line& line : lines()) {
      if (line.level >= LogLevel::kWarning) texts.push_back(line.text);
    }
    return texts;
  }

  [[nodiscard]] bool contains(const std::string& part) const {
    const std::vector<Line> all = lines();
    return std::ranges::any_of(
        all, [&](const Line& line) { return line.text.find(part) != std::string::npos; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Line> lines_;
  LogSink before_;
};

}  // namespace zeus::testing
