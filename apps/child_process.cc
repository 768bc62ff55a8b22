// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/child_process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace zeus::apps {
namespace {

constexpr std::array kPassedOn{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT};

// Blocks what is to be passed on, and SIGCHLD, for sigwaitinfo() to get them.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigemptyset(&set_);
    for (const int number : kPassedOn) sigaddset(&set_, number);
    sigaddset(&set_, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~BlockedSignals() { restore(); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  void restore() const { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  [[nodiscard]] const sigset_t& set() const { return set_; }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

// Through which the child tells why it could not become the program; closed where it could.
class FailurePipe {
 public:
  FailurePipe() {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) {
      throw std::system_error(errno, std::generic_category(), "pipe");
    }
  }
  ~FailurePipe() {
    for (const int end : ends_) {
      if (end >= 0) close(end);
    }
  }
  FailurePipe(const FailurePipe&) = delete;
  FailurePipe& operator=(const FailurePipe&) = delete;

  void tell(int error) const {
    [[maybe_unused]] const auto written = write(ends_[1], &error, sizeof(error));
  }
  // 0 where the child has become the program.
  [[nodiscard]] int hear() {
    close(ends_[1]);
    ends_[1] = -1;
    int error = 0;
    ssize_t count = 0;
    do {
      count = read(ends_[0], &error, sizeof(error));
    } while (count < 0 && errno == EINTR);
    return count == sizeof(error) ? error : 0;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

// What is sent by a key of the terminal, or by its end, goes to the child as well by itself.
bool is_for_both(const siginfo_t& info) { return info.si_code == SI_KERNEL; }

ChildEnd wait_for(pid_t child, const BlockedSignals& blocked) {
  for (;;) {
    siginfo_t info{};
    const int number = sigwaitinfo(&blocked.set(), &info);
    if (number < 0) continue;
    if (number != SIGCHLD) {
      if (!is_for_both(info)) kill(child, number);
      continue;
    }
    int status = 0;
    if (waitpid(child, &status, WNOHANG) != child) continue;
    if (WIFSIGNALED(status)) return {.exit_code = 0, .signal = WTERMSIG(status)};
    return {.exit_code = WEXITSTATUS(status), .signal = std::nullopt};
  }
}

}  // namespace

ChildEnd run_child(const std::vector<std::string>& command,
                   const std::map<std::string, std::string>& environment) {
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  const BlockedSignals blocked;
  FailurePipe failure;
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    blocked.restore();
    execvp(arguments.front(), arguments.data());
    failure.tell(errno);
    _exit(127);
  }
  if (const int error = failure.hear(); error != 0) {
    waitpid(child, nullptr, 0);
    const std::string why = std::error_code(error, std::generic_category()).message();
    throw CommandError(command.front() + ": " + why, error == ENOENT ? 127 : 126);
  }
  return wait_for(child, blocked);
}

int end_as(const ChildEnd& end) {
  if (!end.signal) return end.exit_code;
  std::fflush(nullptr);
  // The child has left its core, if any.
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  std::signal(*end.signal, SIG_DFL);
  std::raise(*end.signal);
  return 128 + *end.signal;  // of a signal that does not kill
}

}  // namespace zeus::apps
