// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Python warns where a process with several threads forks. The library's own threads are away
// during a fork, and come back only once Python has counted.
#include <unistd.h>

#include "python/src/bindings.h"
#include "python/src/gil.h"
#include "zeus/fork_safe_thread.h"

namespace zeus::python {
namespace {

int resume(void* /*unused*/) {
  // A thread that is being stopped for a fork of another thread may wait for the GIL.
  const GilRelease release;
  ForkSafeThread::resume_all();
  return 0;
}

void after_in_parent() {
  ForkSafeThread::end_fork_of_runtime();
  // Some versions (3.13.0 is one) count after these handlers, so the main thread resumes when it is
  // back in the program's code. Another thread is a second one anyway.
  const bool is_main_thread = ::gettid() == ::getpid();
  if (!is_main_thread || Py_AddPendingCall(&resume, nullptr) != 0) resume(nullptr);
}

}  // namespace

void init_forks(nb::module_& /*module*/) {
  nb::module_::import_("os").attr("register_at_fork")(
      nb::arg("before") = nb::cpp_function(&ForkSafeThread::begin_fork_of_runtime),
      nb::arg("after_in_child") = nb::cpp_function(&ForkSafeThread::end_fork_of_runtime),
      nb::arg("after_in_parent") = nb::cpp_function(&after_in_parent));
}

}  // namespace zeus::python
