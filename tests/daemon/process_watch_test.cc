// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/process_watch.h"

#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "tests/daemon/zeusd.h"

namespace zeus::daemon {
namespace {

class Child {
 public:
  Child() : pid_(::fork()) {
    if (pid_ == 0) {
      while (true) ::pause();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  }
  [[nodiscard]] JobIdentity identity() const { return identify(pid_).value(); }

 private:
  pid_t pid_;
};

class ProcessWatchTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<JobIdentity> ended() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

  std::mutex mutex_;
  std::vector<JobIdentity> ended_;
  ProcessWatch watch_{[this](const JobIdentity& process) {
                        const std::lock_guard lock(mutex_);
                        ended_.push_back(process);
                      },
                      [] { return std::optional<Instant>(); }};
};

TEST_F(ProcessWatchTest, the_end_of_a_process_is_noticed_until_it_is_let_go_of) {
  Child kept;
  Child let_go;
  const JobIdentity identity = kept.identity();
  ASSERT_TRUE(watch_.watch(let_go.identity()));
  ASSERT_TRUE(watch_.watch(identity));
  watch_.unwatch(let_go.identity());
  let_go.kill();
  kept.kill();
  EXPECT_TRUE(testing::comes_true([this] { return !ended().empty(); }));
  EXPECT_EQ(ended(), std::vector{identity});
}

TEST_F(ProcessWatchTest, one_that_has_ended_is_not_watched) {
  Child child;
  const JobIdentity identity = child.identity();
  child.kill();
  EXPECT_FALSE(watch_.watch(identity));
}

TEST_F(ProcessWatchTest, without_a_file_for_it_a_process_has_not_ended) {
  const Child child;
  const JobIdentity identity = child.identity();
  rlimit earlier{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &earlier), 0);
  rlimit none = earlier;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_THROW(static_cast<void>(watch_.watch(identity)), std::system_error);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &earlier), 0);
  EXPECT_TRUE(watch_.watch(identity));
}

}  // namespace
}  // namespace zeus::daemon
