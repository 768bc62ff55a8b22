// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Tells an object that it now lives in a forked child of the process that made it, where its
// threads and its driver session don't exist and the GPUs' limits are its parent's to put back.
// Costs one load of an ordinary variable: fork() itself counts, through pthread_atfork.
#pragma once

namespace zeus {

class ForkCheck {
 public:
  ForkCheck();

  // True in a child forked after this object was made.
  [[nodiscard]] bool forked() const { return generation_ != current_generation_; }

  // Throws ZeusForkError, naming `what`, in a forked child.
  void require_same_process(const char* what) const {
    if (forked()) refuse(what);
  }

 private:
  [[noreturn]] static void refuse(const char* what);

  // Only changes in a child process, before any of its other threads exist: no data race.
  static unsigned current_generation_;
  unsigned generation_;
};

}  // namespace zeus
