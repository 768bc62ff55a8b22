// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <nanobind/nanobind.h>

#include "python/src/bindings.h"

NB_MODULE(_zeus, module) {
  module.doc() = "The C++ engine of the package zeus. Not for direct use: its names may change.";
  // Objects that live until the interpreter's end are no leak.
  nanobind::set_leak_warnings(false);
  using namespace zeus::python;  // NOLINT(google-build-using-namespace): one function
  init_gil(module);
  init_errors(module);
  init_log(module);
  init_simulator(module);
  init_device(module);
  init_monitor(module);
  init_samplers(module);
  init_selectors(module);
  init_optimizer(module);
}
