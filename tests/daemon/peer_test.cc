// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Who is at the other end, also as kernels before Linux 6.5 tell: they don't know SO_PEERPIDFD. A
// filter for system calls stands for them, in a process of its own.
#include "zeus/daemon/server/peer.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "tests/daemon/waiting_child.h"
#include "tests/daemon/zeusd.h"
#include "zeus/daemon/server/listening_socket.h"

namespace zeus::daemon {
namespace {

constexpr int kPeerPidfd = 77;
constexpr uid_t kSomebody = 1234;

// getsockopt(SO_PEERPIDFD) fails in this process from now on.
bool be_an_older_kernel() {
  std::array<sock_filter, 6> filter{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getsockopt, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kPeerPidfd, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{.len = filter.size(), .filter = filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// Connects, and becomes that user if any.
class Connecting : public testing::WaitingChild {
 public:
  Connecting(const std::string& path, uid_t user)
      : WaitingChild([&](const Wait& wait) {
          const testing::HttpConnection connection(path);
          if (user == 0 || ::setuid(user) == 0) wait();
        }) {}
};

enum Found { kIt = 10, kNobody, kAnother, kNoFilter };

class PeerTest : public ::testing::TestWithParam<bool> {
 protected:
  // Whom a process finds that accepts the connection; `meanwhile`: before it looks.
  Found find(uid_t becomes, const std::function<void(Connecting&)>& meanwhile) {
    const pid_t looking = ::fork();
    if (looking == 0) {
      Connecting other(path_, becomes);
      pollfd ready{.fd = socket_.descriptor(), .events = POLLIN, .revents = 0};
      ::poll(&ready, 1, 20'000);
      const int connection = ::accept(socket_.descriptor(), nullptr, nullptr);
      const pid_t pid = other.pid();
      meanwhile(other);
      if (GetParam() && !be_an_older_kernel()) ::_exit(kNoFilter);
      Peer peer = identify_user(connection);
      identify_process(connection, peer);
      other.end();
      ::_exit(!peer.process ? kNobody : peer.process->pid == pid ? kIt : kAnother);
    }
    int status = 0;
    ::waitpid(looking, &status, 0);
    return static_cast<Found>(WEXITSTATUS(status));
  }

  testing::TemporaryFolder folder_;
  const std::string path_ = (folder_ / "s").string();
  ListeningSocket socket_{SocketOptions{.path = path_}};
};

TEST_P(PeerTest, is_the_process_that_connected) {
  const Found found = find(0, [](Connecting&) {});
  if (found == kNoFilter) GTEST_SKIP() << "no right to filter system calls";
  EXPECT_EQ(found, kIt);
}

TEST_P(PeerTest, that_has_ended_is_no_process) {
  const Found found = find(0, [](Connecting& other) { other.end(); });
  if (found == kNoFilter) GTEST_SKIP() << "no right to filter system calls";
  EXPECT_EQ(found, kNobody);
}

// An older kernel can't tell whether the number was given to another process: one that runs as
// another user is not taken for who connected. A newer one knows the process.
TEST_P(PeerTest, whose_number_another_user_has_is_none_where_only_the_number_is_known) {
  if (getuid() != 0) GTEST_SKIP() << "only root can become others";
  const Found found = find(kSomebody, [](Connecting&) {});
  if (found == kNoFilter) GTEST_SKIP() << "no right to filter system calls";
  EXPECT_EQ(found, GetParam() ? kNobody : kIt);
}

INSTANTIATE_TEST_SUITE_P(Kernels, PeerTest, ::testing::Bool(), [](const auto& parameter) {
  return parameter.param ? "older" : "this_one";
});

}  // namespace
}  // namespace zeus::daemon
