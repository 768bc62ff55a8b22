// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What each file of the extension module gives: one topic a file, one init_x() a topic. Bindings
// convert, release the GIL around driver calls, waits and I/O, and nothing else.
#pragma once

#include <nanobind/nanobind.h>

namespace zeus::python {

namespace nb = nanobind;

void init_gil(nb::module_& module);
void init_forks(nb::module_& module);
void init_errors(nb::module_& module);
void init_log(nb::module_& module);
void init_simulator(nb::module_& module);
void init_device(nb::module_& module);
void init_monitor(nb::module_& module);
void init_samplers(nb::module_& module);
void init_selectors(nb::module_& module);
void init_optimizer(nb::module_& module);

}  // namespace zeus::python
