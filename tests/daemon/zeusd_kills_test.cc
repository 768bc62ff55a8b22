// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs that never stop writing through zeusd, and both of them killed at random moments, alone and
// together. ZEUS_DAEMON_KILLS: how many; 500 take some minutes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/daemon/zeusd.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace zeus::testing {
namespace {

using std::chrono::milliseconds;

constexpr double kUsers = 250;
constexpr double kSomebodyElses = 230;  // no limit of the jobs'

class ZeusdKillsTest : public ZeusdTest {
 protected:
  ~ZeusdKillsTest() override { end_job(); }

  void start_job() {
    const std::string socket_variable = "ZEUSD_SOCK_PATH=" + socket();
    std::vector<char*> variables;
    for (char** each = environ; *each != nullptr; ++each) variables.push_back(*each);
    std::string variable = socket_variable;
    variables.push_back(variable.data());
    variables.push_back(nullptr);
    std::array<std::string, 3> words{ZEUS_GUARDED_JOB, "loop", "150"};
    std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
      posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
    }
    ASSERT_EQ(
        posix_spawn(&job_, arguments[0], &actions, nullptr, arguments.data(), variables.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  void end_job() {
    if (job_ <= 0) return;
    ::kill(job_, SIGKILL);
    ::waitpid(std::exchange(job_, -1), nullptr, 0);
  }

  [[nodiscard]] std::string limits() const {
    std::string text;
    for (const auto& gpu : machine_->all_gpus()) {
      text += std::to_string(gpu->power_limit().value()) + " W ";
    }
    return text;
  }
  // All but the first at the user's; that one at `first`.
  void expect_limits(double first) const {
    EXPECT_TRUE(comes_true([&] {
      for (std::size_t i = 0; i < machine_->all_gpus().size(); ++i) {
        if (limit(i) != (i == 0 ? first : kUsers)) return false;
      }
      return true;
    })) << limits();
    EXPECT_TRUE(comes_true([this] { return journal_entries() == 0; }));
  }

  pid_t job_ = -1;
};

TEST_F(ZeusdKillsTest, leave_no_limit_and_overwrite_nobodys) {
  const char* const wanted = std::getenv("ZEUS_DAEMON_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 24;
  std::mt19937 random(20261127);
  int made = 0;
  for (int i = 0; i < kills; ++i) {
    SCOPED_TRACE("kill " + std::to_string(i));
    const int gpus = 1 << (i % 4);
    if (gpus != made) make(made = gpus);
    start();
    start_job();
    std::this_thread::sleep_for(milliseconds(random() % 150));
    double first = kUsers;
    switch (i % 3) {
      case 0:
        end_job();
        break;
      case 1:
        zeusd_->end(SIGKILL);
        std::this_thread::sleep_for(milliseconds(random() % 20));
        start();
        end_job();
        break;
      default:
        if (random() % 2 == 0) end_job();
        zeusd_->end(SIGKILL);
        end_job();
        if (random() % 2 == 0) gpu(0)->set_power_limit(Watts(first = kSomebodyElses));
        start();
        break;
    }
    expect_limits(first);
    gpu(0)->set_power_limit(Watts(kUsers));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace zeus::testing
