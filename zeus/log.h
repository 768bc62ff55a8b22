// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the library has to say. It never prints by itself: it hands each line to one sink, which is
// nobody until a program sets one. Thread-safe.
#pragma once

#include <functional>
#include <string_view>

#include "zeus/abi.h"

namespace zeus {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// `logger` names the part that speaks, with the names of the Python package's modules, for example
// "zeus.optimizer.power_limit". A sink may be called from any thread, from one at a time.
// What a sink throws is dropped.
using LogSink = std::function<void(LogLevel level, std::string_view logger, std::string_view text)>;

// Sends the lines of `level` and above to `sink`; an empty sink silences the library. Returns the
// sink that was there.
LogSink set_log_sink(LogSink sink, LogLevel level = LogLevel::kInfo);

// The ready-made sink: one line a message on standard error, with time and level.
void log_to_stderr(LogLevel level = LogLevel::kInfo);

// Whether a line of this level would reach a sink: to spare the work of writing one that wouldn't.
[[nodiscard]] bool log_enabled(LogLevel level) noexcept;

// Hands a line to the sink. Never throws.
void log(LogLevel level, std::string_view logger, std::string_view text) noexcept;

}  // namespace zeus
