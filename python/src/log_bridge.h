// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The library's log on its way to Python's logging. The library may log on any thread, with or
// without the GIL and under its log's lock; its lines are queued, and handed to zeus._log by the
// next Python thread that passes through a binding, or when the interpreter ends. No C++ thread
// ever touches Python. A warning that comes after the interpreter's end is written to standard
// error.
#pragma once

namespace zeus::python {

// Hands the queued lines to logging. Needs the GIL. Costs one load when there are none. Throws
// nb::python_error only for an exception that must pass (zeus._interruptions); the lines after that
// one stay in the queue.
void deliver_log();

// Makes lines for debugging while one of logging's loggers wants them, else not. Needs the GIL.
// Called where a window or a hook begins: logging may be configured anew at any time. Throws
// nb::python_error for what interrupts the question.
void follow_logging();

// The interpreter is about to end: the last time that lines can reach logging.
void deliver_log_for_the_last_time();

// Lines of this thread are dropped while one lives: for what the library has said already.
class LogMute {
 public:
  LogMute();
  ~LogMute();
  LogMute(const LogMute&) = delete;
  LogMute& operator=(const LogMute&) = delete;
};

}  // namespace zeus::python
