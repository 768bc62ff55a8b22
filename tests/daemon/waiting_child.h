// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A child process that gets something, says that it has it, and keeps it until it is killed.
#pragma once

#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <utility>

namespace zeus::testing {

class WaitingChild {
 public:
  using Wait = std::function<void()>;

  // Returns once `act`, in the child, calls what it is given, which never returns; or once the
  // child has ended: where `act` returns.
  explicit WaitingChild(const std::function<void(const Wait&)>& act) {
    int ends[2];
    if (::pipe(ends) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves none
      act([&ends] {
        if (::write(ends[1], "", 1) != 1) ::_exit(1);
        while (true) ::pause();
      });
      ::_exit(1);
    }
    ::close(ends[1]);
    char said = 0;
    [[maybe_unused]] const ssize_t size = ::read(ends[0], &said, 1);
    ::close(ends[0]);
  }
  WaitingChild(const WaitingChild&) = delete;
  WaitingChild& operator=(const WaitingChild&) = delete;
  ~WaitingChild() { end(); }

  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

}  // namespace zeus::testing
