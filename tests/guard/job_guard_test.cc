// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/job_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGXFSZ
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/captured_log.h"
#include "tests/in_child.h"
#include "tests/stub_gpu.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/guard/prior_settings.h"
#include "zeus/guard/recovery.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kNobody = 1 << 29;  // no process has this number

KnobSetting at(double watts) { return {.power_limit = Watts(watts)}; }

std::shared_ptr<StubGpu> findable_stub(double limit, int number = 0) {
  GpuInfo info = v100_info(number);
  info.is_found_by_uuid = true;
  auto stub = std::make_shared<StubGpu>(info);
  stub->set_power_limit(Watts(limit));
  return stub;
}

// A GPU on which a job that is gone has set 150 W of its user's 250.
class LeftGpu {
 public:
  explicit LeftGpu(int number = 0)
      : stub_(findable_stub(150, number)),
        visible_{number, stub_},
        entry_{.boot = current_boot(),
               .uuid = stub_->info().uuid,
               .job = {.pid = kNobody},
               .ledger = SettingLedger(at(250))} {
    entry_.ledger.end_write(at(150));
  }

  StubGpu& stub() { return *stub_; }
  [[nodiscard]] const VisibleGpu& visible() const { return visible_; }
  [[nodiscard]] const std::string& uuid() const { return entry_.uuid; }
  [[nodiscard]] const JournalEntry& entry() const { return entry_; }

 private:
  std::shared_ptr<StubGpu> stub_;
  VisibleGpu visible_;
  JournalEntry entry_;
};

class JobGuardTest : public ::testing::Test {
 protected:
  [[nodiscard]] bool has_entry(const std::string& uuid) const {
    std::vector<std::string> troubles;
    return guard_->journal().read(uuid, troubles).has_value();
  }

  TemporaryFolder folder_;
  std::shared_ptr<JobGuard> guard_ = std::make_shared<JobGuard>(folder_.path(), "");
};

TEST_F(JobGuardTest, a_limit_that_could_not_be_put_back_is_never_taken_for_the_users) {
  LeftGpu gpu;
  guard_->journal().write(gpu.entry());
  gpu.stub().fail<ZeusGPUUnknownError>(GpuCall::kSetPowerLimit);
  const CapturedLog log;
  guard_->recover(gpu.visible());
  EXPECT_THAT(log.warnings().at(0),
              HasSubstr("could not be put back to 250 W (the stub was told to fail)"));
  try {
    guard_->claim(gpu.visible());
    FAIL() << "claimed";
  } catch (const ZeusBaseGPUError& error) {
    EXPECT_THAT(error.what(), HasSubstr("GPU 0 still has the power limit that a job set which was "
                                        "killed, process 536870912"));
    EXPECT_THAT(error.what(), HasSubstr("try again with: zeus restore"));
  }
  EXPECT_TRUE(has_entry(gpu.uuid())) << "zeus restore may have more luck";
  EXPECT_FALSE(
      GpuLock::open(guard_->journal().lock_file(gpu.uuid()))->is_held(GpuLock::Part::kJob));
}

TEST_F(JobGuardTest, what_an_earlier_job_left_meanwhile_is_put_back_when_the_gpu_is_claimed) {
  LeftGpu gpu;
  guard_->recover(gpu.visible());
  guard_->journal().write(gpu.entry());  // it and its guard die only now
  guard_->claim(gpu.visible());
  EXPECT_EQ(gpu.stub().power_limit(), Watts(250));
  EXPECT_FALSE(has_entry(gpu.uuid()));
  guard_->release(gpu.visible());
}

TEST_F(JobGuardTest, nothing_is_read_from_a_folder_that_others_can_write_to) {
  LeftGpu gpu;
  guard_->journal().write(gpu.entry());
  ASSERT_EQ(chmod(folder_.path().c_str(), 0777), 0);
  const CapturedLog log;
  guard_->recover(gpu.visible());
  EXPECT_EQ(gpu.stub().power_limit(), Watts(150));
  EXPECT_THAT(log.warnings().at(0), HasSubstr("others can write to it"));
}

// The journal would call the limit that is set then another program's.
TEST_F(JobGuardTest, a_write_that_cannot_be_noted_any_more_does_not_happen) {
  EXPECT_EQ(in_child([&]() -> std::string {
              const auto stub = findable_stub(250);
              set_setting_guard(std::make_shared<JobGuard>(folder_.path(), ""));
              PriorSettings settings({{0, stub}});
              settings.claim({0}, false);
              settings.set(0, at(200));
              ::signal(SIGXFSZ, SIG_IGN);
              const rlimit full{.rlim_cur = 20, .rlim_max = 20};
              setrlimit(RLIMIT_FSIZE, &full);
              try {
                settings.set(0, at(175));
                return "written";
              } catch (const ZeusFileError&) {
                return std::to_string(static_cast<int>(stub->power_limit().value()));
              }
            }),
            "200");
}

TEST_F(JobGuardTest, a_log_sink_may_end_the_program) {
  LeftGpu gpu(1);
  guard_->journal().write(gpu.entry());
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    guard_ = std::make_shared<JobGuard>(folder_.path(), "");
    set_setting_guard(guard_);
    const auto stub = findable_stub(250);
    PriorSettings settings({{0, stub}});
    settings.claim({0}, false);
    settings.set(0, at(200));
    set_log_sink([](LogLevel, std::string_view, std::string_view) { exit(7); }, LogLevel::kInfo);
    guard_->claim(gpu.visible());  // puts back and says so; exit puts the other one back
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "it hung";
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(SettingGuard, one_that_is_required_is_missed) {
  const auto stub = findable_stub(250);
  EXPECT_THAT(in_child([&]() -> std::string {
                set_setting_guard(nullptr);
                PriorSettings settings({{0, stub}});
                settings.claim({0}, true);
                return "claimed";
              }),
              HasSubstr("threw: GPU 0 can't be guarded: guarding is turned off"));
}

}  // namespace
}  // namespace zeus::testing
