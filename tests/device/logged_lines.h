// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zeus/log.h"

namespace zeus {

// Collects what the library logs while it lives, as "logger: text".
class LoggedLines {
 public:
  LoggedLines() {
    earlier_ = set_log_sink([this](LogLevel, std::string_view logger, std::string_view text) {
      lines_.push_back(std::string(logger) + ": " + std::string(text));
    });
  }
  LoggedLines(const LoggedLines&) = delete;
  LoggedLines& operator=(const LoggedLines&) = delete;
  ~LoggedLines() { set_log_sink(earlier_); }

  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
  LogSink earlier_;
};

}  // namespace zeus
