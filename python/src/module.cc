// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>
#include <nanobind/stl/string_view.h>

#include <string_view>

#include "python/src/bindings.h"

namespace {

// Takes over the names of the module that this process has initialized before, if it has.
bool has_been_initialized(PyObject* module) {
  static PyObject* first = nullptr;
  if (first == nullptr) {
    first = Py_NewRef(module);
    return false;
  }
  const nanobind::object names = nanobind::borrow(PyModule_GetDict(first));
  for (const auto& [name, value] : nanobind::borrow<nanobind::dict>(names)) {
    if (nanobind::cast<std::string_view>(name).starts_with("__")) continue;
    if (PyObject_SetAttr(module, name.ptr(), value.ptr()) != 0) nanobind::raise_python_error();
  }
  return true;
}

}  // namespace

NB_MODULE(_zeus, module) {
  module.doc() = "The C++ engine of the package zeus. Not for direct use: its names may change.";
  // A program that drops the package from sys.modules and imports it again (autoreload, a test
  // runner) gets the same types: they can't be registered a second time.
  if (has_been_initialized(module.ptr())) return;
  // Objects that live until the interpreter's end are no leak.
  nanobind::set_leak_warnings(false);
  using namespace zeus::python;  // NOLINT(google-build-using-namespace): one function
  init_gil(module);
  init_forks(module);
  init_errors(module);
  init_log(module);
  init_simulator(module);
  init_device(module);
  init_monitor(module);
  init_samplers(module);
  init_selectors(module);
  init_optimizer(module);
}
