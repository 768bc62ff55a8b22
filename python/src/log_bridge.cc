// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "python/src/log_bridge.h"

#include <nanobind/nanobind.h>

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "python/src/bindings.h"
#include "zeus/log.h"

namespace zeus::python {
namespace {

// A sampling thread may fail for hours while nobody calls.
constexpr std::size_t kMaxLines = 1000;

struct Line {
  LogLevel level;
  std::string logger;
  std::string text;
};

struct Queue {
  std::mutex mutex;
  std::vector<Line> lines;
  std::atomic<bool> has_lines = false;
};

Queue& the_queue() {
  static Queue* const queue = new Queue;  // never destroyed: the library speaks at exit, too
  return *queue;
}

thread_local int mutes = 0;

void enqueue(LogLevel level, std::string_view logger, std::string_view text) {
  if (mutes > 0) return;
  Queue& queue = the_queue();
  const std::lock_guard lock(queue.mutex);
  if (queue.lines.size() == kMaxLines) queue.lines.erase(queue.lines.begin());
  queue.lines.push_back({level, std::string(logger), std::string(text)});
  queue.has_lines = true;
}

int python_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return 10;
    case LogLevel::kInfo:
      return 20;
    case LogLevel::kWarning:
      return 30;
    case LogLevel::kError:
      break;
  }
  return 40;
}

void tell(const Line& line) {
  try {
    const nb::object logger =
        nb::module_::import_("logging").attr("getLogger")(nb::str(line.logger.c_str()));
    // A driver's words need not be UTF-8.
    const nb::object text = nb::steal(PyUnicode_DecodeUTF8(
        line.text.data(), static_cast<Py_ssize_t>(line.text.size()), "replace"));
    logger.attr("log")(python_level(line.level), text);
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_Exception)) throw;
    error.discard_as_unraisable("zeus: telling a line of its log");
  }
}

}  // namespace

void deliver_log() {
  Queue& queue = the_queue();
  if (!queue.has_lines.load(std::memory_order_relaxed)) return;
  std::vector<Line> lines;
  {
    const std::lock_guard lock(queue.mutex);
    lines.swap(queue.lines);
    queue.has_lines = false;
  }
  for (const Line& line : lines) tell(line);
}

LogMute::LogMute() { ++mutes; }
LogMute::~LogMute() { --mutes; }

void init_log(nb::module_& module) {
  set_log_sink(enqueue, LogLevel::kInfo);
  module.def(
      "set_log_level",
      [](int level) { set_log_sink(enqueue, level <= 10 ? LogLevel::kDebug : LogLevel::kInfo); },
      nb::arg("level"),
      "Which of the library's lines are made at all: from logging.DEBUG or from logging.INFO on.");
  module.def("deliver_log", &deliver_log, "Hands the library's queued log lines to logging.");
}

}  // namespace zeus::python
