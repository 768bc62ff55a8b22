// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/process_watch.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <mutex>
#include <optional>
#include <system_error>
#include <vector>

#include "tests/daemon/waiting_child.h"
#include "tests/daemon/zeusd.h"

namespace zeus::daemon {
namespace {

class Child : public testing::WaitingChild {
 public:
  Child() : WaitingChild([](const Wait& wait) { wait(); }) {}
  [[nodiscard]] JobIdentity identity() const { return identify(pid()).value(); }
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
  let_go.end();
  kept.end();
  EXPECT_TRUE(testing::comes_true([this] { return !ended().empty(); }));
  EXPECT_EQ(ended(), std::vector{identity});
}

TEST_F(ProcessWatchTest, one_that_has_ended_is_not_watched) {
  Child child;
  const JobIdentity identity = child.identity();
  child.end();
  EXPECT_FALSE(watch_.watch(identity));
}

TEST_F(ProcessWatchTest, without_a_file_for_it_a_process_has_not_ended) {
#ifdef ZEUS_SANITIZED
  GTEST_SKIP() << "a sanitizer needs files of its own";
#endif
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
