// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/prior_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "tests/captured_log.h"
#include "tests/stub_gpu.h"
#include "zeus/error.h"

namespace zeus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

KnobSetting at(double watts) { return {.power_limit = Watts(watts), .locked_clock = {}}; }

TEST(PriorSettings, reads_and_writes_nothing_before_it_is_asked) {
  StubGpus gpus(2);
  gpus.stubs[1]->set_limit_from_outside(Watts(187.5));
  const PriorSettings limits(gpus.visible);
  EXPECT_EQ(limits.prior(0), at(250));
  EXPECT_EQ(limits.prior(1), at(187.5));
  EXPECT_THAT(gpus.stubs[0]->limits_set(), IsEmpty());
}

TEST(PriorSettings, are_put_back_by_restore_and_by_the_destructor) {
  StubGpus gpus(1);
  {
    PriorSettings limits(gpus.visible);
    limits.set(0, at(150));
    EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(150));
    EXPECT_THAT(limits.restore(), IsEmpty());
    EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(250));
    limits.set(0, at(120));
  }
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(250));
}

// A GPU whose driver can say that it has set a limit, and not have done it.
class DeafGpu final : public StubGpu {
 public:
  void set_power_limit(Watts limit) override {
    if (!is_deaf) StubGpu::set_power_limit(limit);
  }
  bool is_deaf = false;
};

TEST(PriorSettings, let_go_of_a_gpu_once_its_setting_is_back) {
  const auto deaf = std::make_shared<DeafGpu>();
  const std::vector<VisibleGpu> gpus{{.index = 0, .gpu = deaf}};
  const std::weak_ptr<Gpu> gpu = deaf;
  const long before = gpu.use_count();
  {
    PriorSettings limits(gpus);
    limits.set(0, at(150));
    EXPECT_GT(gpu.use_count(), before);
  }
  EXPECT_EQ(gpu.use_count(), before);
  {
    PriorSettings limits(gpus);
    limits.set(0, at(150));
    deaf->is_deaf = true;
  }
  EXPECT_EQ(gpu.use_count(), before);
  deaf->is_deaf = false;
  EXPECT_EQ(PriorSettings(gpus).prior(0), at(250)) << "150 W is still not the user's";
}

TEST(PriorSettings, write_only_what_changes) {
  StubGpus gpus(1);
  {
    PriorSettings limits(gpus.visible);
    limits.set(0, at(250));
    limits.set(0, at(150));
    limits.set(0, at(150));
  }
  EXPECT_THAT(gpus.stubs[0]->limits_set(), ElementsAre(Watts(150), Watts(250)));
}

TEST(PriorSettings, a_foreign_limit_is_left_and_told_once) {
  StubGpus gpus(1);
  PriorSettings limits(gpus.visible);
  limits.set(0, at(150));
  gpus.stubs[0]->set_limit_from_outside(Watts(180));
  EXPECT_THROW(limits.set(0, at(125)), ZeusBaseGPUError);
  EXPECT_THAT(limits.restore(), ElementsAre(HasSubstr("180 W by another program")));
  EXPECT_THAT(limits.restore(), IsEmpty());
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(180));
}

TEST(PriorSettings, somebody_else_putting_the_prior_limit_back_is_fine) {
  StubGpus gpus(1);
  PriorSettings limits(gpus.visible);
  limits.set(0, at(150));
  gpus.stubs[0]->set_limit_from_outside(Watts(250));
  EXPECT_THAT(limits.restore(), IsEmpty());
}

TEST(PriorSettings, a_write_that_failed_is_undone_whether_it_worked_or_not) {
  StubGpus gpus(1);
  PriorSettings limits(gpus.visible);
  limits.set(0, at(150));
  gpus.stubs[0]->fail<ZeusGPUTimeoutError>(GpuCall::kSetPowerLimit, 0, 1);
  EXPECT_THROW(limits.set(0, at(125)), ZeusGPUTimeoutError);
  EXPECT_THAT(limits.restore(), IsEmpty()) << "150 W, from before the failure, is ours too";
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(250));

  limits.set(0, at(150));
  gpus.stubs[0]->fail<ZeusGPUTimeoutError>(GpuCall::kSetPowerLimit, 0, 1);
  EXPECT_THROW(limits.set(0, at(125)), ZeusGPUTimeoutError);
  gpus.stubs[0]->set_limit_from_outside(Watts(125));  // it did reach the device
  EXPECT_THAT(limits.restore(), IsEmpty());
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(250));
}

TEST(PriorSettings, a_gpu_that_cant_be_read_is_put_back_all_the_same) {
  StubGpus gpus(1);
  PriorSettings limits(gpus.visible);
  limits.set(0, at(150));
  gpus.stubs[0]->fail(GpuCall::kPowerLimit);
  EXPECT_THAT(limits.restore(), IsEmpty());
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(250));
}

TEST(PriorSettings, a_busy_driver_is_asked_again) {
  StubGpus gpus(1);
  PriorSettings limits(gpus.visible);
  limits.set(0, at(150));
  gpus.stubs[0]->fail<ZeusGPUTimeoutError>(GpuCall::kSetPowerLimit, 0, 2);
  EXPECT_THAT(limits.restore(), IsEmpty());
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(250));
}

TEST(PriorSettings, what_cant_be_put_back_is_told_with_the_command_that_mends_it) {
  StubGpus gpus(2);
  PriorSettings limits(gpus.visible);
  limits.set(0, at(150));
  limits.set(1, at(150));
  gpus.stubs[0]->fail<ZeusGPULostError>(GpuCall::kSetPowerLimit);
  EXPECT_THAT(limits.restore(), ElementsAre(HasSubstr("sudo nvidia-smi -i " +
                                                      gpus.stubs[0]->info().uuid + " -pl 250")));
  EXPECT_EQ(gpus.stubs[1]->limit_now(), Watts(250));
  gpus.stubs[0]->heal();
  EXPECT_THAT(limits.restore(), IsEmpty()) << "tried again";
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(250));
}

TEST(PriorSettings, a_write_that_changes_nothing_is_an_error_whatever_the_driver_says) {
  const auto gpu = std::make_shared<DeafGpu>();
  PriorSettings limits({{0, gpu}});
  gpu->is_deaf = true;
  try {
    limits.set(0, at(150));
    FAIL() << "no error";
  } catch (const ZeusBaseGPUError& error) {
    EXPECT_THAT(error.what(), HasSubstr("GPU 0 is set to 150 W, but it is 250 W as before"));
  }
  EXPECT_THAT(limits.restore(), IsEmpty()) << "it is there already";
}

TEST(PriorSettings, a_restoring_write_that_changes_nothing_is_told_and_tried_again) {
  const auto gpu = std::make_shared<DeafGpu>();
  PriorSettings limits({{0, gpu}});
  limits.set(0, at(150));
  gpu->is_deaf = true;
  EXPECT_THAT(limits.restore(), ElementsAre(HasSubstr("could not be put back to 250 W")));
  gpu->is_deaf = false;
  EXPECT_THAT(limits.restore(), IsEmpty());
  EXPECT_EQ(gpu->limit_now(), Watts(250));
}

TEST(PriorSettings, what_cannot_be_put_back_is_reported_once_however_often_it_is_tried) {
  const auto gpu = std::make_shared<DeafGpu>();
  PriorSettings limits({{0, gpu}});
  limits.set(0, at(150));
  gpu->is_deaf = true;
  EXPECT_THAT(limits.restore(), ElementsAre(HasSubstr("could not be put back to 250 W")));
  EXPECT_THAT(limits.restore(), IsEmpty());
  gpu->is_deaf = false;
  EXPECT_THAT(limits.restore(), IsEmpty());
  limits.set(0, at(150));
  gpu->is_deaf = true;
  EXPECT_THAT(limits.restore(), ElementsAre(HasSubstr("could not be put back to 250 W")));
  gpu->is_deaf = false;
}

TEST(PriorSettings, a_limit_of_this_process_never_passes_for_the_users) {
  StubGpus gpus(1);
  PriorSettings first(gpus.visible);
  first.set(0, at(150));
  const PriorSettings second(gpus.visible);
  EXPECT_EQ(second.prior(0), at(250));
}

TEST(PriorSettings, a_later_one_takes_over_and_the_earlier_one_writes_nothing_any_more) {
  CapturedLog log;
  StubGpus gpus(1);
  PriorSettings first(gpus.visible);
  first.set(0, at(150));
  PriorSettings second(gpus.visible);
  second.take_over({0});
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(250)) << "put back before the later one begins";
  EXPECT_TRUE(first.is_superseded());
  second.set(0, at(200));
  first.set(0, at(125));
  EXPECT_THAT(first.restore(), IsEmpty());
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(200));
  EXPECT_THAT(second.restore(), IsEmpty());
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(250));
  ASSERT_EQ(log.lines().size(), 1U);
  EXPECT_EQ(log.lines()[0].level, LogLevel::kInfo);
  EXPECT_THAT(log.lines()[0].text, HasSubstr("takes over GPU 0; the earlier one is closed"));
}

TEST(PriorSettings, an_earlier_one_that_has_put_back_is_not_closed_by_a_later_one) {
  StubGpus gpus(1);
  PriorSettings first(gpus.visible);
  first.set(0, at(150));
  EXPECT_THAT(first.restore(), IsEmpty());
  PriorSettings second(gpus.visible);
  second.take_over({0});
  second.set(0, at(200));
  EXPECT_THAT(second.restore(), IsEmpty());
  EXPECT_FALSE(first.is_superseded());
  first.set(0, at(125));
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(125));
}

TEST(PriorSettings, the_restore_of_one_is_no_other_program_for_another) {
  StubGpus gpus(1);
  PriorSettings first(gpus.visible);
  PriorSettings second(gpus.visible);
  first.set(0, at(150));
  EXPECT_THAT(first.restore(), IsEmpty());
  EXPECT_NO_THROW(second.set(0, at(175)));
  EXPECT_THAT(second.restore(), IsEmpty());
}

TEST(PriorSettings, a_limit_set_meanwhile_by_somebody_else_is_the_users_for_a_later_one) {
  StubGpus gpus(1);
  PriorSettings first(gpus.visible);
  first.set(0, at(150));
  gpus.stubs[0]->set_limit_from_outside(Watts(180));
  PriorSettings second(gpus.visible);
  EXPECT_EQ(second.prior(0), at(180));
  second.set(0, at(120));
  EXPECT_THAT(second.restore(), IsEmpty());
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(180));
}

TEST(PriorSettings, two_threads_that_take_over_from_each_other_leave_the_users_limit) {
  StubGpus gpus(1);
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&gpus, t] {
        for (int i = 0; i < 200; ++i) {
          PriorSettings settings(gpus.visible);
          settings.take_over({0});
          settings.set(0, at(100 + 10 * t + i % 7));
          static_cast<void>(settings.restore());
        }
      });
    }
  }
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(250));
}

TEST(PriorSettings, a_prior_limit_that_is_out_of_range_by_now_becomes_the_nearest_allowed_one) {
  StubGpus gpus(1);
  PriorSettings limits(gpus.visible);
  limits.set(0, at(150));
  gpus.stubs[0]->set_limit_range({.min = Watts(100), .max = Watts(225)});
  EXPECT_THAT(limits.restore(),
              ElementsAre(HasSubstr("was 250 W before this job, which it no longer allows")));
  EXPECT_EQ(gpus.stubs[0]->limit_now(), Watts(225));
  EXPECT_THAT(limits.restore(), IsEmpty());
}

TEST(PriorSettings, what_is_not_what_was_set_last_is_found) {
  StubGpus gpus(1);
  PriorSettings limits(gpus.visible);
  EXPECT_NO_THROW(limits.require_unchanged(0));
  limits.set(0, at(150));
  EXPECT_NO_THROW(limits.require_unchanged(0));
  gpus.stubs[0]->set_limit_from_outside(Watts(250));
  EXPECT_THROW(limits.require_unchanged(0), ZeusBaseGPUError) << "the user's, but not what is set";
}

// A GPU whose limit is in memory that a parent process can look at.
class SharedGpu final : public StubGpu {
 public:
  explicit SharedGpu(std::atomic<int>* milliwatts) : shared_(milliwatts) {}
  void set_power_limit(Watts limit) override {
    StubGpu::set_power_limit(limit);
    *shared_ = static_cast<int>(to_milliwatts(limit));
  }

 private:
  std::atomic<int>* shared_;
};

// What limit is there after a process that had set 150 W ended like this?
// `first`: done before the first PriorSettings of the process is made.
int limit_after(
    const std::function<void(PriorSettings&)>& ending, const std::function<void()>& first = [] {}) {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* limit = new (page) std::atomic<int>(0);
  const pid_t child = ::fork();
  if (child == 0) {
    first();
    // Leaked as by a program that calls exit() in the middle of main().
    auto* limits = new PriorSettings({{0, std::make_shared<SharedGpu>(limit)}});
    limits->set(0, at(150));
    ending(*limits);
    ::_exit(3);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  const int milliwatts = *limit;
  ::munmap(page, 4096);
  return milliwatts;
}

TEST(PriorSettings, come_back_at_exit) {
  EXPECT_EQ(limit_after([](PriorSettings&) { std::exit(0); }), 250000);  // NOLINT
}

TEST(PriorSettings, come_back_at_quick_exit) {
  EXPECT_EQ(limit_after([](PriorSettings&) { std::quick_exit(0); }), 250000);
}

// Exit handlers that were registered later run before ours, those registered earlier after it: a
// thread that trains on meanwhile writes nothing any more.
TEST(PriorSettings, nothing_is_written_once_putting_back_has_begun_at_exit) {
  EXPECT_EQ(
      limit_after(
          [](PriorSettings& limits) {
            std::thread([&limits] {
              for (int i = 0;; ++i) limits.set(0, at(125 + i % 50));
            }).detach();
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            std::exit(0);  // NOLINT
          },
          [] { std::atexit([] { std::this_thread::sleep_for(std::chrono::milliseconds(100)); }); }),
      250000);
}

TEST(PriorSettings, dont_come_back_without_any_exit_which_is_the_guards_job) {
  EXPECT_EQ(limit_after([](PriorSettings&) { ::_exit(0); }), 150000);
}

TEST(PriorSettings, a_forked_childs_exit_leaves_them_alone) {
  EXPECT_EQ(limit_after([](PriorSettings&) {
              if (::fork() == 0) std::exit(0);  // NOLINT
              ::wait(nullptr);
              ::_exit(0);
            }),
            150000);
}

}  // namespace
}  // namespace zeus::testing
