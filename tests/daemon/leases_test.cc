// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Leases of GPUs made of numbers, with processes that do nothing as their holders.
#include "zeus/daemon/server/leases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "tests/daemon/zeusd.h"
#include "tests/stub_gpu.h"

namespace zeus::daemon {
namespace {

using testing::comes_true;
using testing::GpuCall;

class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ == 0) {
      while (true) ::pause();
    }
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  }
  [[nodiscard]] Leases::Wish wish() const {
    return {.holder = identify(pid_).value(), .user = ::getuid()};
  }

 private:
  pid_t pid_;
};

class LeasesTest : public ::testing::Test {
 protected:
  LeasesTest() {
    std::filesystem::create_directory(folder_ / "journal");
    std::filesystem::permissions(folder_ / "journal", std::filesystem::perms(0700));
    for (int gpu = 0; gpu < 2; ++gpu) {
      GpuInfo info = testing::v100_info(gpu);
      info.is_found_by_uuid = true;
      gpus_.push_back(std::make_shared<testing::StubGpu>(info));
    }
    start();
  }
  // Those before are let go of as by a daemon that is killed.
  void start() {
    leases_.reset();
    leases_ =
        std::make_unique<Leases>(std::vector<std::shared_ptr<Gpu>>(gpus_.begin(), gpus_.end()),
                                 SettingJournal(folder_ / "journal", current_boot()), audit_);
  }
  void set_limit(std::size_t gpu, const Sleeper& holder, double watts) {
    leases_->write(gpu, holder.wish(), kTerms,
                   [&](LeasedGpu& leased) { leased.set_power_limit(Watts(watts), false); });
  }
  [[nodiscard]] double limit(std::size_t gpu) const { return gpus_[gpu]->limit_now().value(); }
  [[nodiscard]] static std::ptrdiff_t threads() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  }

  static constexpr LeaseTerms kTerms{};
  testing::TemporaryFolder folder_;
  AuditLog audit_{folder_ / "audit.log"};
  std::vector<std::shared_ptr<testing::StubGpu>> gpus_;
  std::unique_ptr<Leases> leases_;
};

TEST_F(LeasesTest, no_thread_is_made_for_a_gpu_that_is_put_back) {
  Sleeper holder;
  set_limit(0, holder, 150);
  const std::ptrdiff_t before = threads();
  std::promise<void> go_on;
  std::shared_future<void> is_allowed = go_on.get_future().share();
  std::promise<void> seen;
  std::atomic<bool> is_first = true;
  gpus_[0]->set_on_call([&, is_allowed](GpuCall call) {
    if (call != GpuCall::kSetPowerLimit || !is_first.exchange(false)) return;
    seen.set_value();
    is_allowed.wait();
  });
  holder.kill();
  seen.get_future().wait();
  EXPECT_EQ(threads(), before);
  go_on.set_value();
  EXPECT_TRUE(comes_true([this] { return leases_->list().empty(); }));
  EXPECT_EQ(limit(0), 250);
}

TEST_F(LeasesTest, a_gpu_that_goes_from_hand_to_hand_is_put_back_each_time) {
  const Sleeper first;
  const Sleeper second;
  const auto take_turns = [this](const Sleeper& holder) {
    for (int done = 0; done < 100;) {
      try {
        set_limit(0, holder, 150);
      } catch (const LeaseHeldError&) {
        std::this_thread::yield();
        continue;
      }
      leases_->release(holder.wish().who(), {0}, false);
      ++done;
    }
  };
  {
    const std::jthread one([&] { take_turns(first); });
    const std::jthread other([&] { take_turns(second); });
  }
  EXPECT_TRUE(leases_->list().empty());
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(leases_->counts().restored, 200U);
}

TEST_F(LeasesTest, a_release_says_which_gpu_is_not_back) {
  const Sleeper holder;
  set_limit(0, holder, 150);
  set_limit(1, holder, 150);
  gpus_[0]->fail(GpuCall::kSetPowerLimit);
  const Leases::Released released = leases_->release(holder.wish().who(), {0, 1}, false);
  EXPECT_EQ(released.count, 2U);
  EXPECT_THAT(released.not_back, ::testing::ElementsAre(0U));
  EXPECT_EQ(limit(1), 250);
  EXPECT_THAT(leases_->release(holder.wish().who(), {0}, false).not_back,
              ::testing::ElementsAre(0U))
      << "its lease has ended before";
  gpus_[0]->heal();
  EXPECT_TRUE(comes_true([this] { return leases_->list().empty(); }));
  EXPECT_EQ(limit(0), 250);
}

TEST_F(LeasesTest, a_failed_acquire_leaves_earlier_leases_as_they_were) {
  const Sleeper holder;
  set_limit(0, holder, 150);
  gpus_[1]->fail(GpuCall::kPowerLimit);
  Leases::Wish wish = holder.wish();
  wish.is_asked_for = true;
  wish.connection = 7;
  EXPECT_THROW(leases_->acquire({0, 1}, wish, kTerms), ZeusBaseGPUError);
  ASSERT_EQ(leases_->list().size(), 1U);
  const Lease lease = leases_->list()[0].lease;
  EXPECT_FALSE(lease.is_asked_for);
  EXPECT_FALSE(lease.heartbeat_due);
  EXPECT_EQ(lease.connection, 0U);
}

class FullDisk {
 public:
  FullDisk() {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &earlier_);
    const rlimit none{.rlim_cur = 0, .rlim_max = earlier_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &earlier_);
    ::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit earlier_{};
};

TEST_F(LeasesTest, a_full_disk_keeps_no_lease_from_being_continued) {
  Sleeper holder;
  Sleeper gone;
  set_limit(0, holder, 150);
  set_limit(1, gone, 150);
  leases_.reset();
  gone.kill();
  {
    const FullDisk full;
    start();
    EXPECT_TRUE(comes_true([this] { return limit(1) == 250; }));
    EXPECT_TRUE(comes_true([this] { return leases_->list().size() == 1; }));
    EXPECT_EQ(limit(0), 150);
    holder.kill();
    EXPECT_TRUE(comes_true([this] { return leases_->list().empty(); }));
    EXPECT_EQ(limit(0), 250);
  }
}

}  // namespace
}  // namespace zeus::daemon
