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

// A Python exception on its way through C++. what() is one line, "ValueError: it is late". Where it
// reaches a binding it becomes the same Python exception again.
class PythonFailure final : public std::runtime_error {
 public:
  // Needs the GIL.
  explicit PythonFailure(nb::python_error& error);

  // Makes it Python's current exception again. Needs the GIL.
  void restore() const;

 private:
  explicit PythonFailure(std::shared_ptr<PyObject> raised);

  std::shared_ptr<PyObject> exception_;
};

// While one of these lives, this thread is inside an optimizer's hook: the engine turns every
// failure into the end of the tuning. Exceptions of Python code called meanwhile are logged with
// their traceback. An interruption (KeyboardInterrupt, SystemExit) is kept, to be raised after the
// hook.
class HookScope {
 public:
  HookScope();
  ~HookScope();
  HookScope(const HookScope&) = delete;
  HookScope& operator=(const HookScope&) = delete;

  // Raises the interruption, if there was one. Needs the GIL.
  void raise_interruption() const;

  // Called with each exception of Python code called from C++, with the GIL.
  static void note(const std::shared_ptr<PyObject>& exception);

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
  static thread_local HookScope* current_;

  HookScope* const outer_;
  std::shared_ptr<PyObject> interruption_;
};

// Runs `work`, which calls Python, under the GIL, from wherever. Throws PythonFailure for what
// Python raises.
template <class Work>
auto call_python(Work work) {
  const GilAcquire gil;
  try {
    const HookScope::Suspension suspension;
    deliver_log();
    return work();
  } catch (nb::python_error& error) {
    throw PythonFailure(error);
  }
}

// A Python object's reference that may be dropped without the GIL, also after the interpreter's
// end.
[[nodiscard]] std::shared_ptr<PyObject> share(nb::object object);

}  // namespace zeus::python
