// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "python/src/log_bridge.h"

#include <nanobind/nanobind.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "python/src/bindings.h"
#include "python/src/python_failure.h"
#include "zeus/log.h"

namespace zeus::python {
namespace {

constexpr int kPythonDebug = 10;
constexpr int kPythonWarning = 30;

// A sampling thread may fail for hours while nobody calls.
constexpr std::size_t kMaxLines = 1000;

// One of logging's loggers that lines for debugging go to. Never freed: logging keeps it, too.
struct DebuggedLogger {
  PyObject* logger = nullptr;
  // Where logging remembers what isEnabledFor() has found, until a level changes anywhere: looking
  // there costs a tenth of the question. Null where logging keeps no such dictionary.
  PyObject* answers = nullptr;
};
std::array<DebuggedLogger, 2> debugged_loggers{};
PyObject* debug_level = nullptr;  // as a Python integer

struct Line {
  LogLevel level;
  std::string logger;
  std::string text;
};

struct Queue {
  std::mutex mutex;
  std::vector<Line> lines;
  std::atomic<bool> has_lines = false;
  Queue* inherited = nullptr;  // a forked child's parent's
};

// Never destroyed: the library logs at exit, too.
std::atomic<Queue*> current_queue = new Queue;

// The parent's lines are the parent's to deliver, and its mutex may be held by a thread that the
// child doesn't have.
void start_new_queue() {
  auto* const queue = new Queue;
  queue->inherited = current_queue;
  current_queue = queue;
}

thread_local int mutes = 0;
bool debugs = false;                           // guarded by the GIL
std::atomic<bool> logging_is_over = false;     // the interpreter ends
std::atomic<bool> warnings_are_wanted = true;  // when it did

void write_if_warning(LogLevel level, std::string_view text) {
  if (level < LogLevel::kWarning || !warnings_are_wanted) return;
  std::string line(text);
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void enqueue(LogLevel level, std::string_view logger, std::string_view text) {
  if (mutes > 0) return;
  if (logging_is_over) {
    write_if_warning(level, text);
    return;
  }
  Queue& queue = *current_queue;
  const std::lock_guard lock(queue.mutex);
  if (queue.lines.size() == kMaxLines) queue.lines.erase(queue.lines.begin());
  queue.lines.push_back({level, std::string(logger), std::string(text)});
  queue.has_lines = true;
}

int python_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return kPythonDebug;
    case LogLevel::kInfo:
      return 20;
    case LogLevel::kWarning:
      return kPythonWarning;
    case LogLevel::kError:
      break;
  }
  return 40;
}

nb::object python_logger(const char* name) {
  return nb::module_::import_("logging").attr("getLogger")(nb::str(name));
}

bool is_enabled(nb::handle logger, int level) {
  return nb::cast<bool>(logger.attr("isEnabledFor")(level));
}

DebuggedLogger find_debugged(const char* name) {
  nb::object logger = python_logger(name);
  nb::object answers = nb::getattr(logger, "_cache", nb::none());
  const bool is_dictionary = PyDict_Check(answers.ptr()) != 0;
  return {.logger = logger.release().ptr(),
          .answers = is_dictionary ? answers.release().ptr() : nullptr};
}

bool wants_debugging(const DebuggedLogger& each) {
  if (each.answers != nullptr) {
    PyObject* const answer = PyDict_GetItemWithError(each.answers, debug_level);
    if (answer != nullptr) return answer == Py_True;
    if (PyErr_Occurred() != nullptr) nb::raise_python_error();
  }
  return is_enabled(each.logger, kPythonDebug);
}

void hand_over(const char* logger, int level, nb::handle text) {
  try {
    nb::module_::import_("zeus._log").attr("deliver")(logger, level, text);
  } catch (nb::python_error& error) {
    if (must_pass(error, Callee::kWaitOrLog)) throw;
    error.discard_as_unraisable("zeus: delivering a line of its log");
  }
}

void hand_over(const Line& line) {
  // A driver's words need not be UTF-8.
  const nb::object text = nb::steal(
      PyUnicode_DecodeUTF8(line.text.data(), static_cast<Py_ssize_t>(line.text.size()), "replace"));
  hand_over(line.logger.c_str(), python_level(line.level), text);
}

void put_back(std::vector<Line> lines, std::size_t delivered) {
  Queue& queue = *current_queue;
  const std::lock_guard lock(queue.mutex);
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(delivered));
  queue.lines.insert(queue.lines.begin(), std::make_move_iterator(lines.begin()),
                     std::make_move_iterator(lines.end()));
  queue.has_lines = !queue.lines.empty();
}

}  // namespace

void deliver_log() {
  Queue& queue = *current_queue;
  if (!queue.has_lines.load(std::memory_order_relaxed)) return;
  std::vector<Line> lines;
  {
    const std::lock_guard lock(queue.mutex);
    lines.swap(queue.lines);
    queue.has_lines = false;
  }
  for (std::size_t line = 0; line < lines.size(); ++line) {
    try {
      hand_over(lines[line]);
    } catch (nb::python_error&) {
      put_back(std::move(lines), line + 1);
      throw;
    }
  }
}

void follow_logging() {
  bool wanted = false;
  try {
    for (const DebuggedLogger& each : debugged_loggers) wanted = wanted || wants_debugging(each);
  } catch (nb::python_error& error) {
    if (must_pass(error, Callee::kWaitOrLog)) throw;
    return;  // a logger of an unusual kind
  }
  if (wanted == debugs) return;
  debugs = wanted;
  set_log_sink(enqueue, wanted ? LogLevel::kDebug : LogLevel::kInfo);
}

void deliver_log_for_the_last_time() {
  while (current_queue.load()->has_lines) {
    try {
      deliver_log();
    } catch (nb::python_error& error) {
      error.discard_as_unraisable("zeus: delivering its log");
    }
  }
  try {
    warnings_are_wanted = is_enabled(python_logger("zeus.guard"), kPythonWarning);
  } catch (nb::python_error& error) {
    error.discard_as_unraisable("zeus: ending its log");
  }
  logging_is_over = true;
}

LogMute::LogMute() { ++mutes; }
LogMute::~LogMute() { --mutes; }

void init_log(nb::module_& module) {
  pthread_atfork(nullptr, nullptr, start_new_queue);
  debug_level = nb::int_(kPythonDebug).release().ptr();
  debugged_loggers = {find_debugged("zeus.monitor.energy"),
                      find_debugged("zeus.optimizer.power_limit")};
  set_log_sink(enqueue, debugs ? LogLevel::kDebug : LogLevel::kInfo);
  module.def(
      "log",
      [](const char* logger, int level, const nb::str& text) {
        deliver_log();
        hand_over(logger, level, text);
      },
      nb::arg("logger"), nb::arg("level"), nb::arg("text"),
      "Hands a line to logging after those of the library.");
  module.def("deliver_log", &deliver_log, "Hands the library's queued log lines to logging.");
}

}  // namespace zeus::python
