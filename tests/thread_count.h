// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How many threads this process has, as Python counts them when it forks. For one source file of a
// test program each.
#pragma once

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace zeus::testing {

inline int thread_count() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Threads:")) return std::stoi(line.substr(8));
  }
  return 0;
}

inline int threads_at_last_fork = 0;

// Registered before the library's own handlers, so called after them.
inline const int is_counting_at_forks =
    ::pthread_atfork([] { threads_at_last_fork = thread_count(); }, nullptr, nullptr);

// Forks a child that ends at once; returns how many threads this process had meanwhile.
inline int threads_while_forking() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  int status = -1;
  return ::waitpid(child, &status, 0) == child && status == 0 ? threads_at_last_fork : -1;
}

}  // namespace zeus::testing
