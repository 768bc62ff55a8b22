// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Another program, run as if it were this one: it has the same standard streams and terminal, and
// gets the signals that this process is sent.
//
// It stays in this process's group, as under time(1), so that a pipeline and the terminal's keys
// work as they do without a wrapper. A key goes to the whole group by itself and isn't passed on;
// a signal that another program sends is, so a program that signals the whole group has the child
// see it twice. A child that is stopped (Ctrl-Z) stops this process with it.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace zeus::apps {

// The program could not be run: exit code 127 where there is none, else 126.
class CommandError : public std::runtime_error {
 public:
  CommandError(const std::string& what, int code) : std::runtime_error(what), code_(code) {}
  [[nodiscard]] int code() const { return code_; }

 private:
  int code_;
};

struct ChildEnd {
  int exit_code = 0;
  std::optional<int> signal;  // what killed it
};

// One at a time. Threads that are started while it lives leave signals to it; those from before
// must not handle any. So make it first: the child is forked before there are drivers and threads.
class ChildProcess {
 public:
  // A process with these variables besides this one's, which waits for start().
  explicit ChildProcess(std::vector<std::string> command,
                        const std::map<std::string, std::string>& environment = {});
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();  // one that was not started goes away

  // It becomes `command` (a path, or a name that PATH finds). Throws CommandError.
  void start();

  // Passes signals on until its end.
  [[nodiscard]] ChildEnd wait();

 private:
  [[noreturn]] void become_command(const std::map<std::string, std::string>& environment);

  std::vector<std::string> command_;
  sigset_t watched_{};
  sigset_t mask_before_{};
  int channel_ = -1;  // to the child, until it is the command
  pid_t pid_ = -1;    // -1 once its end is known
};

// Ends this process as the child ended: returns its exit code, or dies of the same signal.
int end_as(const ChildEnd& end);

}  // namespace zeus::apps
