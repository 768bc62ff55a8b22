// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/process/child_process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <utility>

namespace zeus::apps {
namespace {

// All that a program may be sent from outside; real-time signals besides. The others are the
// consequence of what a process does itself.
constexpr std::array kPassedOn{SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM,  SIGTERM,
                               SIGCONT, SIGTSTP, SIGURG,  SIGXCPU, SIGIO,   SIGWINCH, SIGPWR};

// How long the child may take to stop, to leave the terminal in order; one that can't (it waits for
// a child of its own that has stopped between vfork and exec) doesn't keep the user's shell
// waiting.
constexpr std::chrono::milliseconds kStopPatience{300};

// A sender that goes from process to process (a control group's, a batch system's) reaches the last
// some time after the first.
constexpr std::chrono::milliseconds kSendersTime{100};

// As the terminal's stop does; where nobody could wake this process the kernel leaves it running.
void stop_this_process() {
  sigset_t stop{};
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  std::raise(SIGTSTP);
  pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
}

// SIGSTOP is somebody's doing who means the child alone.
bool is_of_the_terminal(int stop_signal) {
  return stop_signal == SIGTSTP || stop_signal == SIGTTIN || stop_signal == SIGTTOU;
}

// The first process of a container, or one that has asked for it.
bool gets_orphans() {
  int is_subreaper = 0;
  return getpid() == 1 ||
         (prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper, 0, 0, 0) == 0 && is_subreaper != 0);
}

ChildEnd end_of(int status) {
  if (WIFSIGNALED(status)) return {.exit_code = 0, .signal = WTERMSIG(status)};
  return {.exit_code = WEXITSTATUS(status), .signal = std::nullopt};
}

ssize_t receive(int channel, void* data, std::size_t size) {
  ssize_t count = 0;
  do {
    count = recv(channel, data, size, MSG_WAITALL);
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace

ChildProcess::ChildProcess(std::vector<std::string> command,
                           const std::map<std::string, std::string>& environment)
    : command_(std::move(command)) {
  sigemptyset(&watched_);
  for (const int number : kPassedOn) sigaddset(&watched_, number);
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) sigaddset(&watched_, number);
  sigaddset(&watched_, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &watched_, &mask_before_);
  // Were it ignored, the child's end would not be told.
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &standard, &child_signal_before_);

  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0) {
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[0]);
      channel_ = ends[1];
      become_command(environment);
    }
    const int error = errno;
    close(ends[1]);
    channel_ = ends[0];
    if (pid_ > 0) {
      witness_.emplace();
      return;
    }
    close(channel_);
    errno = error;
  }
  const int error = errno;
  restore_signals();
  throw std::system_error(error, std::generic_category(), "no process for the command");
}

ChildProcess::~ChildProcess() {
  if (channel_ >= 0) close(channel_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
  discard_late_signals();
  restore_signals();
}

void ChildProcess::restore_signals() const {
  sigaction(SIGCHLD, &child_signal_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

// What was sent while the command was already at its end must not turn its exit status into a
// death by that signal.
void ChildProcess::discard_late_signals() const {
  constexpr timespec kNow{.tv_sec = 0, .tv_nsec = 0};
  while (was_run_ && sigtimedwait(&watched_, nullptr, &kNow) > 0) {
  }
}

void ChildProcess::become_command(const std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  arguments.reserve(command_.size() + 1);
  for (std::string& word : command_) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  restore_signals();
  char go = 0;
  if (receive(channel_, &go, 1) != 1) _exit(0);  // never started
  execvp(arguments.front(), arguments.data());
  const int error = errno;
  send(channel_, &error, sizeof(error), MSG_NOSIGNAL);
  _exit(127);
}

void ChildProcess::start() {
  const char go = 1;
  send(channel_, &go, 1, MSG_NOSIGNAL);
  int error = 0;
  // The channel closes when the child is the command, or dies before.
  const bool failed = receive(channel_, &error, sizeof(error)) == sizeof(error);
  close(std::exchange(channel_, -1));
  if (!failed) {
    was_run_ = true;
    return;
  }
  waitpid(std::exchange(pid_, -1), nullptr, 0);
  const std::string why = std::error_code(error, std::generic_category()).message();
  throw CommandError(command_.front() + ": " + why, error == ENOENT ? 127 : 126);
}

ChildEnd ChildProcess::wait() {
  for (;;) {
    siginfo_t info{};
    const int number = next_signal(info);
    if (number == SIGCHLD) {
      if (const auto end = look_at_children()) return *end;
    } else if (number > 0) {
      take(info);
    }
    pass_on_what_is_due();
    if (stop_at_ && Clock::now() >= *stop_at_) stop();
  }
}

int ChildProcess::next_signal(siginfo_t& info) const {
  std::optional<Clock::time_point> due = stop_at_;
  for (const Undecided& each : undecided_) due = std::min(due.value_or(each.due), each.due);
  if (!due) return sigwaitinfo(&watched_, &info);
  const std::chrono::nanoseconds left = std::max(*due - Clock::now(), Clock::duration(0));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec pause{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  return sigtimedwait(&watched_, &info, &pause);
}

std::optional<ChildEnd> ChildProcess::look_at_children() {
  int status = 0;
  for (;;) {
    const pid_t child = waitpid(gets_orphans() ? -1 : pid_, &status, WNOHANG | WUNTRACED);
    if (child <= 0) return std::nullopt;
    if (child != pid_) continue;
    if (!WIFSTOPPED(status)) {
      pid_ = -1;
      return end_of(status);
    }
    if (is_of_the_terminal(WSTOPSIG(status))) stop();
  }
}

void ChildProcess::stop() {
  stop_at_.reset();
  stop_this_process();
}

void ChildProcess::take(const siginfo_t& info) {
  const int number = info.si_signo;
  // The kernel says that this process itself has used up its time.
  if (number == SIGXCPU && info.si_code == SI_KERNEL) return;
  if (number == SIGTSTP) {
    stop_at_ = Clock::now() + kStopPatience;
    drop_undecided(SIGCONT);
  } else if (number == SIGCONT) {
    stop_at_.reset();
    drop_undecided(SIGTSTP);
  }
  const bool has_reached_group = has_reached_all(number);
  // What is left to go by: a key of the terminal reaches the whole group.
  if (!witness_->is_watching() && info.si_code == SI_KERNEL) return;
  if (getpgid(pid_) != getpgrp()) {  // timeout(1): the group's signals don't reach it
    kill(pid_, number);
  } else if (!has_reached_group) {
    undecided_.push_back({.number = number, .due = Clock::now() + kSendersTime});
  }
}

// Of several that come in one go the witness may notice one: a standard signal does not queue.
bool ChildProcess::has_reached_all(int number) {
  Clock::time_point& until = reached_all_until_.at(static_cast<std::size_t>(number));
  if (witness_->has_seen(number)) until = Clock::now() + kSendersTime;
  return Clock::now() < until;
}

void ChildProcess::drop_undecided(int number) {
  std::erase_if(undecided_, [number](const Undecided& each) { return each.number == number; });
}

void ChildProcess::pass_on_what_is_due() {
  while (!undecided_.empty() && undecided_.front().due <= Clock::now()) {
    const int number = undecided_.front().number;
    undecided_.erase(undecided_.begin());
    if (!has_reached_all(number)) kill(pid_, number);
  }
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
