// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Letting go of Python's global lock and taking it again. A thread that wants it back when the
// interpreter is about to end waits for ever instead: Python would end the thread right there, by
// unwinding through C++ frames, and that ends the process. The interpreter's end waits, up to a
// second, for Python code that C++ has called.
#pragma once

#include <nanobind/nanobind.h>

namespace zeus::python {

// The GIL is free while one lives.
class GilRelease {
 public:
  GilRelease() : state_(PyEval_SaveThread()) {}
  ~GilRelease();
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  PyThreadState* state_;
};

// The GIL is held while one lives, whatever thread this is and whether it holds it already.
class GilAcquire {
 public:
  GilAcquire();
  ~GilAcquire();
  GilAcquire(const GilAcquire&) = delete;
  GilAcquire& operator=(const GilAcquire&) = delete;

 private:
  PyGILState_STATE state_;
};

// A binding's nb::call_guard.
using WithoutGil = nanobind::call_guard<GilRelease>;

}  // namespace zeus::python
