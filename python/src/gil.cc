// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "python/src/gil.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "python/src/bindings.h"
#include "python/src/log_bridge.h"

namespace zeus::python {
namespace {

std::atomic<bool> interpreter_ends = false;
std::thread::id last_thread;  // the one that ends the interpreter; written before the flag

void wait_for_ever_if_too_late() {
  if (!interpreter_ends.load(std::memory_order_acquire)) return;
  if (std::this_thread::get_id() == last_thread) return;
  for (;;) pause();
}

void begin_to_end() {
  deliver_log_for_the_last_time();
  last_thread = std::this_thread::get_id();
  interpreter_ends.store(true, std::memory_order_release);
  // Those who stand in line for the GIL already get it now.
  const GilRelease release;
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

GilRelease::~GilRelease() {
  wait_for_ever_if_too_late();
  PyEval_RestoreThread(state_);
}

GilAcquire::GilAcquire() {
  wait_for_ever_if_too_late();
  state_ = PyGILState_Ensure();
}

void init_gil(nb::module_& /*module*/) {
  // The first to register is the last to be called, but logging ends after us.
  nb::module_::import_("logging");
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(&begin_to_end));
}

}  // namespace zeus::python
