// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "python/src/python_failure.h"

#include <string>

namespace zeus::python {
namespace {

// With its traceback, which Python before 3.12 keeps apart.
nb::object take_exception(nb::python_error& error) {
  nb::object value = nb::borrow(error.value());
  const nb::object traceback = error.traceback();
  if (traceback.is_valid() && !traceback.is_none()) {
    PyException_SetTraceback(value.ptr(), traceback.ptr());
  }
  return value;
}

// The library's own exceptions say what is wrong; where in the library is of no interest.
bool is_of_the_library(nb::handle exception) {
  const nb::object base = nb::module_::import_("zeus.exception").attr("ZeusBaseError");
  return PyObject_IsInstance(exception.ptr(), base.ptr()) == 1;
}

std::string one_line(nb::handle exception) {
  std::string text = nb::type_name(exception.type()).c_str();
  try {
    const nb::str message(exception);
    if (is_of_the_library(exception)) {
      text = message.c_str();
    } else if (nb::len(message) > 0) {
      text += std::string(": ") + message.c_str();
    }
  } catch (nb::python_error& error) {
    error.restore();
    PyErr_Clear();  // its __str__ raises: the type's name must do
  }
  for (char& character : text) {
    if (character == '\n' || character == '\r') character = ' ';
  }
  return text;
}

// A log handler may raise what must pass.
void log_traceback(nb::handle exception) {
  if (is_of_the_library(exception)) return;
  const nb::object logger =
      nb::module_::import_("logging").attr("getLogger")(nb::str("zeus.optimizer.power_limit"));
  logger.attr("error")(nb::str("An exception was raised in code called by the optimizer."),
                       nb::arg("exc_info") = nb::borrow(exception));
}

}  // namespace

std::shared_ptr<PyObject> share(nb::object object) {
  return {object.release().ptr(), [](PyObject* held) {
            if (held == nullptr || !nb::is_alive()) return;
            const GilAcquire gil;
            Py_DECREF(held);
          }};
}

bool must_pass(nb::python_error& error, Callee callee) {
  try {
    return nb::cast<bool>(
        nb::module_::import_("zeus._interruptions")
            .attr("must_pass")(take_exception(error), callee == Callee::kWaitOrLog));
  } catch (nb::python_error& another) {
    // Interrupted itself, or the package is damaged.
    another.discard_as_unraisable("zeus: looking at an exception");
    return true;
  }
}

PythonFailure::PythonFailure(nb::python_error& error, Callee callee)
    : PythonFailure(share(take_exception(error))) {
  HookScope::note(exception_, must_pass(error, callee));
}

PythonFailure::PythonFailure(std::shared_ptr<PyObject> raised)
    : std::runtime_error(one_line(raised.get())), exception_(std::move(raised)) {}

void PythonFailure::restore() const {
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception_.get())), exception_.get());
}

thread_local HookScope* HookScope::current_ = nullptr;

HookScope::HookScope() : outer_(std::exchange(current_, this)) {}

HookScope::~HookScope() { current_ = outer_; }

void HookScope::deliver_log_first() {
  if (current_ != nullptr) {
    current_->attempt(deliver_log);
    return;
  }
  try {
    deliver_log();
  } catch (nb::python_error& error) {
    throw PythonFailure(error, Callee::kWaitOrLog);
  }
}

void HookScope::note(const std::shared_ptr<PyObject>& exception, bool passes) {
  if (current_ == nullptr) return;
  HookScope& scope = *current_;
  if (!passes) {
    scope.attempt([&] { log_traceback(exception.get()); });
  } else {
    scope.keep(exception);
  }
}

void HookScope::keep(nb::python_error& error) {
  if (!must_pass(error, Callee::kWaitOrLog)) {
    error.discard_as_unraisable("zeus: logging");
  } else {
    keep(share(take_exception(error)));
  }
}

void HookScope::raise_interruption() const {
  if (interruption_ == nullptr) return;
  PyObject* const exception = interruption_.get();
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception)), exception);
  nb::raise_python_error();
}

void HookScope::discard_interruption(const char* where) const {
  if (interruption_ == nullptr) return;
  PyObject* const exception = interruption_.get();
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception)), exception);
  PyErr_WriteUnraisable(nb::str(where).ptr());
}

}  // namespace zeus::python
