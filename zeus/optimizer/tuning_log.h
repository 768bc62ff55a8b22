// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a tuning says to the user's log.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "zeus/log.h"

namespace zeus {

inline constexpr const char* kTuningLogger = "zeus.optimizer.power_limit";

template <class... Args>
void say(LogLevel level, fmt::format_string<Args...> text, Args&&... args) {
  if (!log_enabled(level)) return;
  log(level, kTuningLogger, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace zeus
