// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Another program, run as if it were this one: it has the same standard streams and terminal, and
// gets the signals that this process is sent.
//
// It stays in this process's group, as under time(1), so that a pipeline and the terminal's keys
// work as they do without a wrapper. It gets each signal once: one that is sent to this process
// alone is passed on, one that reaches the child by itself (a key of the terminal, a signal to the
// whole group or control group) is not. A child that is stopped (Ctrl-Z) stops this process with
// it. Whatever else it inherits is as this process found it: ignored signals, the signal mask,
// descriptors, standard streams that are closed.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/process/group_witness.h"

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

  // Passes signals on until its end. Orphans that the system hands to this process (the first one
  // of a container) are taken care of.
  [[nodiscard]] ChildEnd wait();

 private:
  using Clock = std::chrono::steady_clock;

  struct Undecided {
    int number;
    Clock::time_point due;
  };

  [[noreturn]] void become_command(const std::map<std::string, std::string>& environment);
  // Returns the signal's number, -1 where something else is to be done.
  [[nodiscard]] int next_signal(siginfo_t& info) const;
  [[nodiscard]] std::optional<ChildEnd> look_at_children();
  void stop();
  void take(const siginfo_t& info);
  [[nodiscard]] bool has_reached_all(int number);
  void drop_undecided(int number);
  void pass_on_what_is_due();
  void discard_late_signals() const;
  void restore_signals() const;

  std::vector<std::string> command_;
  sigset_t watched_{};
  sigset_t mask_before_{};
  struct sigaction child_signal_before_ {};  // what SIGCHLD did
  int channel_ = -1;                         // to the child, until it is the command
  pid_t pid_ = -1;                           // -1 once its end is known
  bool was_run_ = false;
  std::optional<GroupWitness> witness_;
  std::vector<Undecided> undecided_;
  std::array<Clock::time_point, NSIG> reached_all_until_{};
  std::optional<Clock::time_point> stop_at_;
};

// Ends this process as the child ended: returns its exit code, or dies of the same signal.
int end_as(const ChildEnd& end);

}  // namespace zeus::apps
