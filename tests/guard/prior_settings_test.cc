// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/prior_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <new>

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

// A GPU whose driver can say that it has set a limit, and not have done it.
class DeafGpu final : public StubGpu {
 public:
  void set_power_limit(Watts limit) override {
    if (!is_deaf) StubGpu::set_power_limit(limit);
  }
  bool is_deaf = false;
};

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
int limit_after(const std::function<void(PriorSettings&)>& ending) {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* limit = new (page) std::atomic<int>(0);
  const pid_t child = ::fork();
  if (child == 0) {
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
