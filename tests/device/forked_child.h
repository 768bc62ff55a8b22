// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>
#include <unistd.h>

namespace zeus {

// Runs `body` in a forked child and returns its result, 98 where it throws.
template <class Body>
int in_a_child(Body body) {
  const pid_t child = fork();
  if (child == 0) {
    int result = 98;
    try {
      result = body();
    } catch (...) {
      result = 98;
    }
    _exit(result);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace zeus
