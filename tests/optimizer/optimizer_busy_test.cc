// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Another job has a GPU: the constructor refuses, waits or only measures, and on a busy GPU nothing
// is ever written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/captured_log.h"
#include "tests/communicator/thread_communicator.h"
#include "tests/optimizer/training.h"
#include "zeus/error.h"
#include "zeus/guard/setting_guard.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Options = GlobalPowerLimitOptimizerOptions;

constexpr pid_t kOther = 4711;

// Knows by itself which GPUs another job has.
class FakeGuard final : public SettingGuard {
 public:
  void recover(const VisibleGpu& /*visible*/) noexcept override {}
  void claim(const VisibleGpu& visible) override {
    if (on_claim) on_claim();
    const std::lock_guard lock(mutex_);
    const std::string& uuid = visible.gpu->info().uuid;
    if (busy_.contains(uuid)) {
      throw GpuNotFreeError("GPU " + std::to_string(visible.index) +
                                " is being tuned by another job, process " + std::to_string(kOther),
                            /*is_busy=*/true);
    }
    claimed_.insert(uuid);
  }
  void arm(const std::vector<VisibleGpu>& /*gpus*/, bool /*is_required*/) override {}
  [[nodiscard]] std::optional<pid_t> other_holder(
      const VisibleGpu& visible) const noexcept override {
    const std::lock_guard lock(mutex_);
    return busy_.contains(visible.gpu->info().uuid) ? std::optional(kOther) : std::nullopt;
  }
  void note_before_write(const GpuInfo& gpu, const SettingLedger& /*ledger*/) override {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(claimed_.contains(gpu.uuid)) << "written unclaimed";
  }
  void note(const GpuInfo& /*gpu*/, const SettingLedger& /*ledger*/) noexcept override {}
  void release(const VisibleGpu& visible) noexcept override {
    const std::lock_guard lock(mutex_);
    claimed_.erase(visible.gpu->info().uuid);
  }

  void set_busy(const StubGpu& gpu, bool is_busy) {
    const std::lock_guard lock(mutex_);
    if (is_busy) {
      busy_.insert(gpu.info().uuid);
    } else {
      busy_.erase(gpu.info().uuid);
    }
  }
  [[nodiscard]] std::size_t claims() const {
    const std::lock_guard lock(mutex_);
    return claimed_.size();
  }

  std::function<void()> on_claim;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> busy_;
  std::set<std::string> claimed_;
};

StubGpus findable_gpus(int count, int first = 0) {
  StubGpus gpus(0);
  for (int i = 0; i < count; ++i) {
    GpuInfo info = v100_info(first + i);
    info.is_found_by_uuid = true;
    gpus.stubs.push_back(std::make_shared<StubGpu>(info));
    gpus.visible.push_back({.index = i, .gpu = gpus.stubs.back()});
  }
  return gpus;
}

class OptimizerBusy : public ::testing::Test {
 protected:
  OptimizerBusy() { set_setting_guard(guard); }
  ~OptimizerBusy() override { set_setting_guard(nullptr); }

  // The other job's limit is on the GPU.
  void occupy(StubGpu& gpu) const {
    gpu.set_limit_from_outside(Watts(150));
    guard->set_busy(gpu, true);
  }
  void set_free(StubGpu& gpu) const {
    gpu.set_limit_from_outside(Watts(250));
    guard->set_busy(gpu, false);
  }

  CapturedLog log;
  std::shared_ptr<FakeGuard> guard = std::make_shared<FakeGuard>();
};

TEST_F(OptimizerBusy, is_refused_with_the_holders_number_and_writes_nothing) {
  Training training(findable_gpus(2));
  occupy(training.gpu(1));
  try {
    const GlobalPowerLimitOptimizer optimizer(training.monitor, {});
    FAIL() << "constructed";
  } catch (const ZeusBaseGPUError& error) {
    EXPECT_THAT(error.what(), HasSubstr("GPU 1 is being tuned by another job, process 4711"));
    EXPECT_THAT(error.what(), HasSubstr("when_busy"));
  }
  EXPECT_THAT(training.gpu(1).limits_set(), IsEmpty());
  EXPECT_EQ(guard->claims(), 0U) << "GPU 0 is free for others";
}

TEST_F(OptimizerBusy, waits_until_the_other_job_has_ended_and_starts_from_what_is_there_then) {
  Training training(findable_gpus(2));
  occupy(training.gpu(1));
  int looks = 0;
  const Options options{.when_busy = WhenBusy::kWait, .while_waiting = [&] {
                          EXPECT_EQ(guard->claims(), 0U) << "two jobs could wait for each other";
                          if (++looks == 3) set_free(training.gpu(1));
                        }};
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  EXPECT_EQ(looks, 3);
  ASSERT_THAT(log.warnings(), SizeIs(1)) << "nor that 150 W is below the default";
  EXPECT_EQ(log.warnings()[0],
            "GPU 1 is being tuned by another job, process 4711. This job waits until that one has "
            "ended.");
  EXPECT_EQ(optimizer.power_limits().front(), Watts(250)) << "150 W was the other job's";
  training.epoch(optimizer, 20);
  optimizer.close();
  EXPECT_EQ(training.gpu(1).limit_now(), Watts(250));
  EXPECT_EQ(guard->claims(), 0U);
}

TEST_F(OptimizerBusy, a_wait_ends_with_what_the_program_throws) {
  Training training(findable_gpus(1));
  occupy(training.gpu());
  const Options options{.when_busy = WhenBusy::kWait,
                        .while_waiting = [] { throw std::out_of_range("Ctrl-C"); }};
  EXPECT_THROW(GlobalPowerLimitOptimizer(training.monitor, options), std::out_of_range);
  EXPECT_THAT(training.gpu().limits_set(), IsEmpty());
}

TEST_F(OptimizerBusy, only_measures_where_that_is_wanted) {
  Training training(findable_gpus(2));
  occupy(training.gpu(1));
  GlobalPowerLimitOptimizer optimizer(training.monitor, {.when_busy = WhenBusy::kMeasureOnly});
  EXPECT_TRUE(optimizer.next_step_only_counts());
  training.monitor.begin_window("the user's");
  training.epoch(optimizer, 1000);
  EXPECT_GT(training.monitor.end_window("the user's").gpu_energy.at(0).energy.value(), 0);
  optimizer.on_train_end();
  const std::string why =
      "GPU 1 is being tuned by another job, process 4711; this job only measures, as when_busy "
      "says";
  ASSERT_TRUE(std::holds_alternative<Stopped>(optimizer.state()));
  EXPECT_EQ(std::get<Stopped>(optimizer.state()).reason, why);
  EXPECT_EQ(optimizer.report().stopped_because, why);
  EXPECT_EQ(optimizer.progress().stopped_because, why);
  EXPECT_FALSE(optimizer.report().choice);
  EXPECT_THAT(log.warnings(), SizeIs(1));
  for (const auto& stub : training.gpus.stubs) EXPECT_THAT(stub->limits_set(), IsEmpty());
  EXPECT_EQ(guard->claims(), 0U) << "a GPU that isn't tuned is free for others";
}

TEST_F(OptimizerBusy, a_limit_that_changes_while_the_job_starts_is_read_again) {
  Training training(findable_gpus(1));
  training.gpu().set_limit_from_outside(Watts(150));  // of a job that is about to end
  bool is_first = true;
  guard->on_claim = [&] {
    if (std::exchange(is_first, false)) training.gpu().set_limit_from_outside(Watts(250));
  };
  const GlobalPowerLimitOptimizer optimizer(training.monitor, {});
  EXPECT_EQ(optimizer.power_limits().front(), Watts(250));
  EXPECT_THAT(log.warnings(), IsEmpty());
}

TEST_F(OptimizerBusy, a_limit_that_never_stands_still_ends_the_start) {
  Training training(findable_gpus(1));
  double watts = 150;
  guard->on_claim = [&] { training.gpu().set_limit_from_outside(Watts(watts += 1)); };
  EXPECT_THROW(GlobalPowerLimitOptimizer(training.monitor, {}), ZeusBaseGPUError);
}

constexpr int kRanks = 4;

struct Rank {
  std::unique_ptr<Training> training;
  Options options;
  std::optional<GlobalPowerLimitOptimizer> optimizer;
  std::string error;
};

class OptimizerBusyRanks : public OptimizerBusy {
 protected:
  OptimizerBusyRanks() {
    for (int i = 0; i < kRanks; ++i) {
      Rank& rank = ranks[static_cast<std::size_t>(i)];
      rank.training = std::make_unique<Training>(findable_gpus(1, i));
      rank.options.communicator = world->rank(i);
    }
    occupy(gpu(2));
  }

  StubGpu& gpu(std::size_t rank) { return ranks[rank].training->gpu(); }

  void construct_all(WhenBusy when_busy, Seconds timeout) {
    std::vector<std::jthread> threads;
    threads.reserve(kRanks);
    for (Rank& rank : ranks) {
      rank.options.when_busy = when_busy;
      rank.options.construction_timeout = timeout;
      threads.emplace_back([&rank] {
        try {
          rank.optimizer.emplace(rank.training->monitor, rank.options);
        } catch (const std::exception& error) {
          rank.error = error.what();
        }
      });
    }
  }

  std::shared_ptr<ThreadWorld> world = ThreadWorld::of(kRanks);
  std::array<Rank, kRanks> ranks;
};

TEST_F(OptimizerBusyRanks, are_all_refused) {
  construct_all(WhenBusy::kRefuse, Seconds(30));
  for (const Rank& rank : ranks) {
    EXPECT_THAT(rank.error, HasSubstr("rank 2: GPU 0 is being tuned by another job, process 4711"));
  }
  EXPECT_EQ(guard->claims(), 0U);
  EXPECT_THAT(gpu(2).limits_set(), IsEmpty());
}

TEST_F(OptimizerBusyRanks, all_only_measure) {
  construct_all(WhenBusy::kMeasureOnly, Seconds(30));
  for (Rank& rank : ranks) {
    ASSERT_TRUE(rank.optimizer) << rank.error;
    rank.training->epoch(*rank.optimizer, 300);
    EXPECT_THAT(rank.optimizer->report().stopped_because,
                HasSubstr("rank 2: GPU 0 is being tuned by another job"));
    EXPECT_EQ(rank.training->gpu().limit_now(), Watts(&rank == &ranks[2] ? 150 : 250));
  }
  EXPECT_EQ(guard->claims(), 0U);
  EXPECT_THAT(log.warnings(), SizeIs(1)) << "once a job";
}

TEST_F(OptimizerBusyRanks, all_wait_for_longer_than_the_constructions_time_limit) {
  constexpr Seconds kLimit(0.5);
  int looks = 0;
  ranks[2].options.while_waiting = [&] {
    if (++looks == 15) set_free(gpu(2));  // 80 ms and more each
  };
  construct_all(WhenBusy::kWait, kLimit);
  EXPECT_GE(looks, 15);
  for (const Rank& rank : ranks) {
    ASSERT_TRUE(rank.optimizer) << rank.error;
    EXPECT_EQ(rank.optimizer->power_limits().front(), Watts(250));
  }
  EXPECT_EQ(guard->claims(), 4U);
  EXPECT_THAT(log.warnings(), SizeIs(1));
}

TEST_F(OptimizerBusyRanks, a_wait_that_is_interrupted_ends_on_all) {
  ranks[2].options.while_waiting = [] { throw std::out_of_range("Ctrl-C"); };
  construct_all(WhenBusy::kWait, Seconds(30));
  EXPECT_EQ(ranks[2].error, "Ctrl-C");
  for (const std::size_t other : {0U, 1U, 3U}) EXPECT_EQ(ranks[other].error, "rank 2: Ctrl-C");
  EXPECT_EQ(guard->claims(), 0U);
}

TEST_F(OptimizerBusyRanks, must_be_given_the_same) {
  ranks[1].options.when_busy = WhenBusy::kWait;
  std::vector<std::jthread> threads;
  threads.reserve(kRanks);
  for (Rank& rank : ranks) {
    threads.emplace_back([&rank] {
      EXPECT_THROW(rank.optimizer.emplace(rank.training->monitor, rank.options),
                   ZeusCommunicatorError);
    });
  }
}

// A process that tunes nothing any more keeps no other job from its GPUs.
TEST_F(OptimizerBusy, a_superseded_optimizer_lets_go_of_its_gpus) {
  Training training(findable_gpus(2));
  ZeusMonitor first_gpu({training.gpus.visible[0]}, {.clock = training.clock});
  GlobalPowerLimitOptimizer earlier(training.monitor, {.wait_steps = 0});
  training.step(earlier);
  training.gpu(1).forget_calls();
  GlobalPowerLimitOptimizer later(first_gpu, {.wait_steps = 0, .max_power_limit = Watts(200)});
  for (int i = 0; i < 60; ++i) training.step(later);
  EXPECT_EQ(guard->claims(), 2U);
  training.step(earlier);
  EXPECT_TRUE(std::holds_alternative<Stopped>(earlier.state()));
  EXPECT_EQ(guard->claims(), 1U) << "the later one's";
  earlier.close();
  later.close();
  EXPECT_EQ(guard->claims(), 0U);
}

// In a notebook the object of an earlier cell stays, and no step of it comes any more.
TEST_F(OptimizerBusy, a_superseded_optimizer_without_a_step_keeps_no_gpu_from_other_jobs) {
  Training training(findable_gpus(1));
  GlobalPowerLimitOptimizer earlier(training.monitor, {.wait_steps = 0});
  while (training.gpu().limit_now() == Watts(250)) training.step(earlier);
  GlobalPowerLimitOptimizer later(training.monitor, {.wait_steps = 0});
  for (int i = 0; i < 60; ++i) training.step(later);
  EXPECT_EQ(guard->claims(), 1U);
  later.close();
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  EXPECT_EQ(guard->claims(), 0U);
  earlier.close();
  EXPECT_EQ(guard->claims(), 0U);
}

TEST_F(OptimizerBusy, a_superseded_optimizer_puts_back_the_gpus_that_the_later_one_does_not_have) {
  Training training(findable_gpus(2));
  ZeusMonitor first_gpu({training.gpus.visible[0]}, {.clock = training.clock});
  GlobalPowerLimitOptimizer earlier(training.monitor, {.wait_steps = 0, .warmup_steps = 1});
  while (training.gpu(1).limit_now() == Watts(250)) training.step(earlier);
  GlobalPowerLimitOptimizer later(first_gpu, {.wait_steps = 0});
  training.step(earlier);
  EXPECT_EQ(training.gpu(1).limit_now(), Watts(250));
}

class FailingSelector final : public OptimumSelector {
 public:
  [[nodiscard]] Watts do_select(
      std::span<const PowerLimitMeasurement> /*measurements*/) const override {
    throw std::runtime_error("the selector failed");
  }
};

TEST_F(OptimizerBusy, a_tuning_that_failed_lets_go_of_its_gpus) {
  Training training(findable_gpus(1));
  GlobalPowerLimitOptimizer optimizer(training.monitor,
                                      {.optimum_selector = std::make_shared<FailingSelector>()});
  training.epoch(optimizer, 600);
  ASSERT_TRUE(std::holds_alternative<Stopped>(optimizer.state()));
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  EXPECT_EQ(guard->claims(), 0U);
  optimizer.close();
  EXPECT_EQ(guard->claims(), 0U);
}

TEST_F(OptimizerBusy, a_tuning_that_a_foreign_limit_ended_lets_go_of_its_gpus) {
  Training training(findable_gpus(1));
  GlobalPowerLimitOptimizer optimizer(training.monitor, {});
  while (training.gpu().limit_now() != Watts(100)) training.step(optimizer);
  training.gpu().set_power_limit(Watts(230));  // somebody else's
  training.epoch(optimizer, 600);
  ASSERT_TRUE(std::holds_alternative<Stopped>(optimizer.state()));
  EXPECT_EQ(training.gpu().limit_now(), Watts(230));
  EXPECT_EQ(guard->claims(), 0U);
}

TEST_F(OptimizerBusy, a_failed_tuning_keeps_a_gpu_whose_limit_could_not_be_put_back) {
  Training training(findable_gpus(1));
  GlobalPowerLimitOptimizer optimizer(training.monitor,
                                      {.optimum_selector = std::make_shared<FailingSelector>()});
  while (training.gpu().limit_now() != Watts(100)) training.step(optimizer);
  training.gpu().fail(GpuCall::kSetPowerLimit);
  training.epoch(optimizer, 600);
  ASSERT_TRUE(std::holds_alternative<Stopped>(optimizer.state()));
  EXPECT_EQ(guard->claims(), 1U) << "the next job would take 100 W for the user's";
  training.gpu().heal();
  optimizer.close();
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
  EXPECT_EQ(guard->claims(), 0U);
}

}  // namespace
}  // namespace zeus::testing
