// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Calls from C++ into Python, and what becomes of the exceptions that Python raises there.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "python/src/gil.h"
#include "python/src/log_bridge.h"

namespace zeus::python {

namespace nb = nanobind;

// What kind of Python code was called.
enum class Callee {
  kWaitOrLog,        // the program's own: a monitor's synchronization, log handlers
  kSelectorOrRanks,  // a selector or a communicator
};

// Whether an exception is the program's own business (a time limit, Ctrl-C, a cancelled task) and
// leaves a hook, instead of ending the tuning: zeus._interruptions has the rule. Needs the GIL.
[[nodiscard]] bool must_pass(nb::python_error& error, Callee callee);

// A Python exception on its way through C++. what() is one line, "ValueError: it is late". Where it
// reaches a binding it becomes the same Python exception again.
class PythonFailure final : public std::runtime_error {
 public:
  // Needs the GIL.
  PythonFailure(nb::python_error& error, Callee callee);

  // Makes it Python's current exception again. Needs the GIL.
  void restore() const;

 private:
  explicit PythonFailure(std::shared_ptr<PyObject> raised);

  std::shared_ptr<PyObject> exception_;
};

// While one of these lives, this thread is inside an optimizer's hook: the engine turns every
// failure into the end of the tuning. Exceptions of Python code called meanwhile are logged with
// their traceback. The first one that must pass is kept, to be raised after the hook.
class HookScope {
 public:
  HookScope();
  ~HookScope();
  HookScope(const HookScope&) = delete;
  HookScope& operator=(const HookScope&) = delete;

  // Runs `work`, which calls Python for the bindings themselves; an exception that must pass is
  // kept. Needs the GIL.
  template <class Work>
  void attempt(Work work) {
    try {
      const Suspension suspension;
      work();
    } catch (nb::python_error& error) {
      keep(error);
    }
  }

  [[nodiscard]] bool is_interrupted() const { return interruption_ != nullptr; }
  [[nodiscard]] std::shared_ptr<PyObject> take_interruption() { return std::move(interruption_); }
  // Keeps an exception that must pass, unless it is none or another one is kept already.
  void keep(std::shared_ptr<PyObject> exception) {
    if (interruption_ == nullptr) interruption_ = std::move(exception);
  }

  // Raises what was kept, if there is something. Needs the GIL.
  void raise_interruption() const;
  // Reports it where it can't be raised. Needs the GIL.
  void discard_interruption(const char* where) const;

  // What was logged before Python is called comes before what that logs. In a hook, an exception
  // that must pass waits for the hook's end; elsewhere it is thrown. Needs the GIL.
  static void deliver_log_first();

  // Called with each exception of Python code called from C++, with the GIL.
  static void note(const std::shared_ptr<PyObject>& exception, bool passes);

  // The scope doesn't reach into Python code: what that calls has its own rules.
  class Suspension {
   public:
    Suspension() : scope_(std::exchange(current_, nullptr)) {}
    ~Suspension() { current_ = scope_; }
    Suspension(const Suspension&) = delete;
    Suspension& operator=(const Suspension&) = delete;

   private:
    HookScope* scope_;
  };

 private:
  void keep(nb::python_error& error);

  static thread_local HookScope* current_;

  HookScope* const outer_;
  std::shared_ptr<PyObject> interruption_;
};

// Runs `work`, which calls Python, under the GIL, from wherever. Throws PythonFailure for what
// Python raises.
template <class Work>
auto call_python(Callee callee, Work work) {
  const GilAcquire gil;
  HookScope::deliver_log_first();
  try {
    const HookScope::Suspension suspension;
    return work();
  } catch (nb::python_error& error) {
    throw PythonFailure(error, callee);
  }
}

// A Python object's reference that may be dropped without the GIL, also after the interpreter's
// end.
[[nodiscard]] std::shared_ptr<PyObject> share(nb::object object);

}  // namespace zeus::python
