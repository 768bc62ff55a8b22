// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/process/group_witness.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include "apps/process/close_files.h"

namespace zeus::apps {
namespace {

// How long an answer may take on a machine that is very busy. A witness that somebody has stopped
// does not answer at all.
constexpr int kPatienceMs = 1000;

// Answers each question, a signal's number, until the other end is closed.
[[noreturn]] void watch(int channel) {
  sigset_t all{};
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  dup2(channel, 0);
  close_files_from(1);
  channel = 0;
  static_cast<void>(!chdir("/"));  // keeps no file system from being unmounted
  prctl(PR_SET_NAME, "zeus-signals", 0, 0, 0);
  constexpr timespec kNow{.tv_sec = 0, .tv_nsec = 0};
  unsigned char number = 0;
  while (recv(channel, &number, 1, 0) == 1) {
    sigset_t asked{};
    sigemptyset(&asked);
    sigaddset(&asked, number);
    const unsigned char has_seen = sigtimedwait(&asked, nullptr, &kNow) == number ? 1 : 0;
    if (send(channel, &has_seen, 1, MSG_NOSIGNAL) != 1) break;
  }
  _exit(0);
}

}  // namespace

GroupWitness::GroupWitness() {
  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
  channel_ = ends[0];
  pid_ = fork();
  if (pid_ == 0) watch(ends[1]);
  close(ends[1]);
  if (pid_ < 0) close_channel();
}

GroupWitness::~GroupWitness() {
  close_channel();
  if (pid_ < 0) return;
  // Somebody who waits for every child of this process may have taken its end, and its id may be
  // another's by now.
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool GroupWitness::has_seen(int number) {
  if (channel_ < 0) return false;
  const auto question = static_cast<unsigned char>(number);
  unsigned char answer = 0;
  pollfd ready{.fd = channel_, .events = POLLIN, .revents = 0};
  if (send(channel_, &question, 1, MSG_NOSIGNAL) != 1 || poll(&ready, 1, kPatienceMs) != 1 ||
      recv(channel_, &answer, 1, 0) != 1) {
    close_channel();
  }
  return answer != 0;
}

void GroupWitness::close_channel() {
  if (channel_ >= 0) close(std::exchange(channel_, -1));
}

}  // namespace zeus::apps
