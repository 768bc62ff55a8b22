// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

#include "zeus/log.h"

namespace zeus {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void log_to_stderr(LogLevel level) {
  const auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  set_log_sink(
      [sink](LogLevel line_level, std::string_view logger, std::string_view text) {
        sink->log(spdlog::details::log_msg(spdlog::string_view_t(logger.data(), logger.size()),
                                           to_spdlog(line_level),
                                           spdlog::string_view_t(text.data(), text.size())));
      },
      level);
}

}  // namespace zeus
