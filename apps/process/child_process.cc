// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/process/child_process.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <system_error>
#include <utility>

namespace zeus::apps {
namespace {

constexpr std::array kPassedOn{SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                               SIGTSTP, SIGUSR1, SIGUSR2, SIGCONT};

// How long the child may take to stop, to leave the terminal in order; one that can't (it waits for
// a child of its own that has stopped between vfork and exec) doesn't keep the user's shell
// waiting.
constexpr timespec kStopPatience{.tv_sec = 0, .tv_nsec = 200'000'000};

// What is sent by a key of the terminal, or by its end, goes to the child as well by itself.
bool is_for_both(const siginfo_t& info) { return info.si_code == SI_KERNEL; }

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
  sigaddset(&watched_, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &watched_, &mask_before_);
  std::signal(SIGCHLD, SIG_DFL);  // were it ignored, the child's end would not be told

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
    if (pid_ > 0) return;
    close(channel_);
    errno = error;
  }
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  throw std::system_error(error, std::generic_category(), "no process for the command");
}

ChildProcess::~ChildProcess() {
  if (channel_ >= 0) close(channel_);
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void ChildProcess::become_command(const std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  arguments.reserve(command_.size() + 1);
  for (std::string& word : command_) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
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
  if (!failed) return;
  waitpid(std::exchange(pid_, -1), nullptr, 0);
  const std::string why = std::error_code(error, std::generic_category()).message();
  throw CommandError(command_.front() + ": " + why, error == ENOENT ? 127 : 126);
}

ChildEnd ChildProcess::wait() {
  bool is_to_stop = false;
  for (;;) {
    siginfo_t info{};
    const int number =
        is_to_stop ? sigtimedwait(&watched_, &info, &kStopPatience) : sigwaitinfo(&watched_, &info);
    if (number < 0) {
      if (errno != EAGAIN) continue;
      is_to_stop = false;
      stop_this_process();
    } else if (number == SIGCHLD) {
      int status = 0;
      while (waitpid(pid_, &status, WNOHANG | WUNTRACED) == pid_) {
        if (!WIFSTOPPED(status)) {
          pid_ = -1;
          return end_of(status);
        }
        if (!is_of_the_terminal(WSTOPSIG(status))) continue;
        is_to_stop = false;
        stop_this_process();
      }
    } else {
      if (!is_for_both(info)) kill(pid_, number);
      if (number == SIGTSTP) is_to_stop = true;
      if (number == SIGCONT) is_to_stop = false;
    }
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
