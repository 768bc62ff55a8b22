// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// wanted_error: probes that go on until their figures are sure, and a choice that is confirmed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "tests/captured_log.h"
#include "tests/optimizer/optimizer_ranks.h"
#include "tests/optimizer/training.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/optimizer/profile_file.h"

namespace zeus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Options = GlobalPowerLimitOptimizerOptions;

Options sure(double wanted_error = 0.01) {
  Options options;

  options.pl_step = Watts(50);  // 250, 200, 150, 100; by ZeusCost 150 is the best
  options.wanted_error = wanted_error;
  return options;
}

bool is_over(GlobalPowerLimitOptimizer& optimizer) {
  return std::holds_alternative<Done>(optimizer.state()) ||
         std::holds_alternative<Stopped>(optimizer.state());
}

void train(Training& training, GlobalPowerLimitOptimizer& optimizer, int epoch = 10000) {
  while (!is_over(optimizer) && training.steps < 200000) training.epoch(optimizer, epoch);
}

std::vector<double> probed(const GlobalPowerLimitOptimizer& optimizer) {
  std::vector<double> limits;
  for (const ProbeResult& it : optimizer.report().probes) {
    limits.push_back(it.setting.power_limit.value());
  }
  return limits;
}

TEST(OptimizerSure, of_a_calm_job_measures_what_is_asked_for_and_confirms_its_choice) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, sure());
  train(training, optimizer);
  EXPECT_THAT(probed(optimizer), ElementsAre(250, 200, 150, 100, 250, 150));
  for (const ProbeResult& it : optimizer.report().probes) {
    const Watts limit = it.setting.power_limit;
    const Seconds time = training.step_time(limit) * 40;
    EXPECT_EQ(it.steps, 40);
    EXPECT_NEAR(it.time / time, 1, 1e-9);
    EXPECT_NEAR(it.energy / (training.power(limit) * time), 1, 1e-9);
    EXPECT_GT(it.energy_error, Joules(0)) << "the counter's ticks";
    EXPECT_TRUE(it.is_sure);
  }
  EXPECT_EQ(std::get<Done>(optimizer.state()).optimal_power_limit, Watts(150));
  EXPECT_EQ(training.gpu().limit_now(), Watts(150));
}

TEST(OptimizerSure, stalls_and_untold_evaluation_are_no_steps) {
  Training training;
  const auto calm = training.step_time;
  training.step_time = [&](Watts limit) {
    const bool is_stall = training.steps % 37 == 20;
    return calm(limit) * (is_stall ? 30 : 1);
  };
  GlobalPowerLimitOptimizer optimizer(training.monitor, sure());
  train(training, optimizer);
  ASSERT_TRUE(std::holds_alternative<Done>(optimizer.state()));
  for (const ProbeResult& it : optimizer.report().probes) {
    EXPECT_NEAR(it.time / (calm(it.setting.power_limit) * 40), 1, 1e-9) << it.steps;
  }
}

TEST(OptimizerSure, steps_that_scatter_are_measured_for_longer_and_at_most_so_long) {
  CapturedLog log;
  Training training;
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform(0.4, 1.6);
  const auto calm = training.step_time;
  training.step_time = [&](Watts limit) { return calm(limit) * uniform(random); };
  GlobalPowerLimitOptimizer optimizer(training.monitor, sure());
  train(training, optimizer);
  ASSERT_TRUE(std::holds_alternative<Done>(optimizer.state()));
  for (const ProbeResult& it : optimizer.report().probes) {
    EXPECT_GE(it.steps, 160);
    EXPECT_LE(it.steps, 400);
    EXPECT_FALSE(it.is_sure);
    EXPECT_GT(it.time_error / it.time, 0.01);
  }
  EXPECT_THAT(optimizer.report().choice_reason,
              HasSubstr("ended before their figures were as sure"));
  EXPECT_TRUE(log.contains("more of them would take too long"));
}

TEST(OptimizerSure, short_steps_warm_up_until_the_limit_is_in_force) {
  Training training;
  training.step_time = [](Watts limit) { return Seconds(0.001 + 0.1 / limit.value()); };
  GlobalPowerLimitOptimizer optimizer(training.monitor, sure());
  int warm = 0;
  while (!std::holds_alternative<Profiling>(optimizer.state())) {
    training.step(optimizer);
    ++warm;
  }
  EXPECT_NEAR(warm * 0.0014, 0.5, 0.01);
  train(training, optimizer);
  EXPECT_EQ(std::get<Done>(optimizer.state()).optimal_power_limit, Watts(150));
}

TEST(OptimizerSure, epochs_and_interruptions_cut_pieces) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, sure());
  for (int epoch = 0; !is_over(optimizer) && epoch < 300; ++epoch) {
    training.epoch(optimizer, 17);
    training.clock->advance(Seconds(13));
    training.energy[0] += Joules(13 * 40);
    if (epoch % 5 == 3) {
      optimizer.on_epoch_begin();
      training.step(optimizer);
      training.step(optimizer);
      optimizer.on_step_begin();
      training.clock->advance(Seconds(1));
      optimizer.on_train_interrupted();
    }
  }
  ASSERT_TRUE(std::holds_alternative<Done>(optimizer.state()));
  for (const ProbeResult& it : optimizer.report().probes) {
    const Seconds time = training.step_time(it.setting.power_limit) * 40;
    EXPECT_NEAR(it.time / time, 1, 1e-9);
    EXPECT_NEAR(it.energy / (training.power(it.setting.power_limit) * time), 1, 1e-6);
  }
}

TEST(OptimizerSure, a_counter_that_does_not_move_ends_the_tuning) {
  Training training;
  training.power = [](Watts) { return Watts(0); };
  GlobalPowerLimitOptimizer optimizer(training.monitor, sure());
  train(training, optimizer);
  ASSERT_TRUE(std::holds_alternative<Stopped>(optimizer.state()));
  EXPECT_THAT(std::get<Stopped>(optimizer.state()).reason, HasSubstr("did not move over"));
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
}

TEST(OptimizerSure, a_counter_that_cannot_be_read_ends_the_tuning) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, sure());
  for (int i = 0; i < 20; ++i) training.step(optimizer);
  training.gpu().set_energy_source(
      []() -> Joules { throw ZeusGPULostError("the GPU has fallen off the bus"); });
  for (int i = 0; i < 20; ++i) training.step(optimizer);
  ASSERT_TRUE(std::holds_alternative<Stopped>(optimizer.state()));
  EXPECT_EQ(training.gpu().limit_now(), Watts(250));
}

TEST(OptimizerSure, a_gpu_without_a_counter_is_measured_for_a_number_of_steps) {
  CapturedLog log;
  StubGpus gpus(0);
  gpus.stubs.push_back(std::make_shared<StubGpu>(p100_info()));
  gpus.visible.push_back({.index = 0, .gpu = gpus.stubs.back()});
  gpus.stubs.back()->set_power(Watts(180));
  const auto clock = std::make_shared<ManualClock>();
  ZeusMonitor monitor(gpus.visible, {.clock = clock});
  const GlobalPowerLimitOptimizer optimizer(monitor, sure());
  EXPECT_TRUE(log.contains("GPU 0 has no energy counter"));
}

TEST(OptimizerSure, the_wanted_error_must_make_sense) {
  for (const double bad : {0.0, -1.0, 0.9, std::nan("")}) {
    Training training;
    EXPECT_THROW(GlobalPowerLimitOptimizer(training.monitor, sure(bad)), ZeusValueError) << bad;
  }
}

struct OptimizerSureProfile : ::testing::Test {
  Options options(std::optional<double> wanted_error) const {
    Options result = sure();
    result.wanted_error = wanted_error;
    result.profile_path = path;
    return result;
  }
  TemporaryFolder folder;
  std::filesystem::path path = folder / "profile.json";
};

TEST_F(OptimizerSureProfile, loads_with_and_without_a_wanted_error) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, options(0.01));
  train(training, optimizer);
  const Profile profile = parse_profile(read_text(path), path);
  EXPECT_EQ(profile.measurements, optimizer.report().probes);
  for (const std::optional<double> wanted : {std::optional(0.01), std::optional<double>()}) {
    Training next;
    GlobalPowerLimitOptimizer loaded(next.monitor, options(wanted));
    ASSERT_TRUE(std::holds_alternative<Done>(loaded.state()));
    EXPECT_EQ(std::get<Done>(loaded.state()).optimal_power_limit, Watts(150));
  }
}

TEST_F(OptimizerSureProfile, a_restarted_job_goes_on_with_the_repeats) {
  {
    Training training;
    GlobalPowerLimitOptimizer optimizer(training.monitor, options(0.01));
    while (optimizer.measurements().size() < 5) training.step(optimizer);
  }
  Training next;
  GlobalPowerLimitOptimizer optimizer(next.monitor, options(0.01));
  EXPECT_EQ(optimizer.measurements().size(), 5U);
  train(next, optimizer);
  EXPECT_THAT(probed(optimizer), ElementsAre(250, 200, 150, 100, 250, 150));
}

struct OptimizerSureRanks : OptimizerRanks {
  OptimizerSureRanks() {
    for (Rank& rank : ranks) {
      rank.options.optimum_selector = nullptr;
      rank.options.wanted_error = 0.01;
      rank.options.profile_steps = 20;
    }
  }
};

TEST_F(OptimizerSureRanks, that_need_different_numbers_of_steps_take_the_same_decisions) {
  std::vector<std::mt19937> random(kRanks);
  std::vector<std::function<Seconds(Watts)>> calm;
  for (Rank& rank : ranks) {
    calm.push_back(rank.training->step_time);
    rank.training->step_time = [&, number = static_cast<std::size_t>(rank.number)](Watts limit) {
      std::uniform_real_distribution<double> uniform(-0.03, 0.03);
      return calm[number](limit) * (1 + static_cast<double>(number) * uniform(random[number]));
    };
  }
  on_all([](Rank& rank) {
    rank.construct();
    rank.train(50);
  });
  for (const Rank& rank : ranks) {
    ASSERT_EQ(rank.error, "");
    EXPECT_EQ(rank.optimum(), Watts(150)) << rank.number;
    EXPECT_EQ(rank.limit(), Watts(150)) << rank.number;
    EXPECT_EQ(rank.optimizer->report().probes, ranks[0].optimizer->report().probes);
  }
}

TEST_F(OptimizerSureRanks, that_want_different_errors_do_not_construct) {
  ranks[2].options.wanted_error = 0.02;
  on_all([](Rank& rank) { rank.construct(); });
  for (const Rank& rank : ranks) EXPECT_THAT(rank.error, HasSubstr("wanted_error 0.02"));
}

}  // namespace
}  // namespace zeus::testing
