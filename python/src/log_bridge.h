// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The library's log on its way to Python's logging. The library may speak on any thread, with or
// without the GIL and under its log's lock; its lines are queued, and told by the next Python
// thread that passes through a binding. No C++ thread ever touches Python.
#pragma once

namespace zeus::python {

// Hands the queued lines to logging.getLogger(<their logger>). Needs the GIL. Costs one load when
// there are none. Throws nb::python_error only for an interruption (KeyboardInterrupt).
void deliver_log();

// Lines of this thread are dropped while one lives: for what the library has said already.
class LogMute {
 public:
  LogMute();
  ~LogMute();
  LogMute(const LogMute&) = delete;
  LogMute& operator=(const LogMute&) = delete;
};

}  // namespace zeus::python
