// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "python/src/gil.h"

#include <pthread.h>
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

// Threads that wait for the GIL, or run Python code that C++ has called: were they still there when
// the interpreter is gone, Python would end them by unwinding through our frames.
std::atomic<int> under_way = 0;
thread_local int own_share = 0;

// How long the interpreter's end waits for them.
constexpr std::chrono::seconds kPatience{1};

bool is_too_late() { return interpreter_ends.load() && std::this_thread::get_id() != last_thread; }

[[noreturn]] void wait_for_ever() {
  under_way -= own_share;
  for (;;) pause();
}

void enter() {
  ++own_share;
  ++under_way;  // before looking: the last thread looks the other way round
  if (is_too_late()) wait_for_ever();
}

void leave() {
  --own_share;
  --under_way;
}

// A child has this thread only.
void forget_other_threads() { under_way = own_share; }

void begin_to_end() {
  deliver_log_for_the_last_time();
  last_thread = std::this_thread::get_id();
  interpreter_ends = true;
  const GilRelease release;
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (under_way != 0 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

GilRelease::~GilRelease() {
  enter();
  PyEval_RestoreThread(state_);
  if (is_too_late()) {
    PyEval_SaveThread();
    wait_for_ever();
  }
  leave();
}

GilAcquire::GilAcquire() {
  enter();
  state_ = PyGILState_Ensure();
  if (is_too_late()) {
    PyGILState_Release(state_);
    wait_for_ever();
  }
}

GilAcquire::~GilAcquire() {
  PyGILState_Release(state_);
  leave();
}

void init_gil(nb::module_& /*module*/) {
  ::pthread_atfork(nullptr, nullptr, forget_other_threads);
  // The first to register is the last to be called, but logging ends after us.
  nb::module_::import_("logging");
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(&begin_to_end));
}

}  // namespace zeus::python
