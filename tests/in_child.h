// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs a piece of a test in a forked child.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <string>

namespace zeus::testing {

// Calls `work` in a forked child and returns what it returned, at most 4096 bytes; "threw: …" where
// it threw, "died" where it didn't come to an end within 20 seconds or was killed by a signal.
inline std::string in_child(const std::function<std::string()>& work) {
  std::fflush(nullptr);  // or a child that exits in the usual way would write it again
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    alarm(20);
    std::string answer;
    try {
      answer = work();
    } catch (const std::exception& error) {
      answer = std::string("threw: ") + error.what();
    }
    answer += '.';
    const bool told = write(ends[1], answer.data(), answer.size()) > 0;
    _exit(told ? 0 : 1);  // the parent's buffers and checks at exit are not this child's
  }
  close(ends[1]);
  std::string answer(4097, '\0');
  const ssize_t size = read(ends[0], answer.data(), answer.size());
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (size < 1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return "died";
  answer.resize(static_cast<std::size_t>(size) - 1);
  return answer;
}

}  // namespace zeus::testing
