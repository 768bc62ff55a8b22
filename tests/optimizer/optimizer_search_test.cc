// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The adaptive search within the optimizer: what it probes, keeps and reports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "tests/optimizer/training.h"
#include "tests/temporary_folder.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using Options = GlobalPowerLimitOptimizerOptions;
namespace fs = std::filesystem;

struct OptimizerSearch : ::testing::Test {
  static Options adaptive() {
    Options options;
    options.optimum_selector = std::make_shared<Energy>();
    options.search = SearchKind::kAdaptive;
    options.wait_steps = 0;
    options.warmup_steps = 1;
    options.profile_steps = 4;
    return options;
  }
  Options with_profile(SearchKind search) const {
    Options options = adaptive();
    options.search = search;
    options.profile_path = path;
    return options;
  }

  // The best of all limits that may be set, by the curve.
  static Joules least_energy(const Training& training) {
    Joules least{1e9};
    for (double limit = 100; limit <= 250; ++limit) {
      least = std::min(least, energy_at(training, Watts(limit)));
    }
    return least;
  }
  static Joules energy_at(const Training& training, Watts limit) {
    return training.power(limit) * training.step_time(limit);
  }
  static Watts chosen(const GlobalPowerLimitOptimizer& optimizer) {
    return std::get<Done>(optimizer.state()).optimal_power_limit;
  }

  TemporaryFolder folder;
  fs::path path = folder / "profile.json";
};

TEST_F(OptimizerSearch, an_adaptive_one_ends_at_the_best_limit_after_few_probes) {
  Training training;
  training.power = [](Watts limit) { return 0.98 * std::min(limit, Watts(230)); };
  training.step_time = [](Watts limit) {
    return Seconds(0.1 * (1 + 0.45 * std::exp(-5.5 * (limit / Watts(230) - 0.5))));
  };
  GlobalPowerLimitOptimizer optimizer(training.monitor, adaptive());
  training.epoch(optimizer, 100);
  ASSERT_TRUE(std::holds_alternative<Done>(optimizer.state()));
  EXPECT_LE(energy_at(training, chosen(optimizer)).value(), 1.01 * least_energy(training).value());
  EXPECT_EQ(training.gpu().limit_now(), chosen(optimizer));
  EXPECT_LE(optimizer.measurements().size(), 6U);
  EXPECT_THAT(optimizer.report().choice_reason, HasSubstr("+-"));
}

TEST_F(OptimizerSearch, progress_never_promises_fewer_probes_than_are_done) {
  Training training;
  GlobalPowerLimitOptimizer optimizer(training.monitor, adaptive());
  while (!std::holds_alternative<Done>(optimizer.state())) {
    const TuningProgress progress = optimizer.progress();
    EXPECT_GT(progress.probes_expected, progress.probes_done);
    EXPECT_GT(progress.steps_left, 0);
    training.step(optimizer);
  }
  EXPECT_EQ(optimizer.progress().probes_expected, optimizer.progress().probes_done);
}

TEST_F(OptimizerSearch, a_bound_probes_the_ceiling_and_the_choice_twice) {
  Training training;
  Options options = adaptive();
  options.optimum_selector = std::make_shared<MaxSlowdownConstraint>(1.1);
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  training.epoch(optimizer, 100);
  ASSERT_TRUE(std::holds_alternative<Done>(optimizer.state()));
  const Watts choice = chosen(optimizer);
  EXPECT_LT(choice, Watts(250));
  EXPECT_LE(training.step_time(choice).value(), 1.1 * training.step_time(Watts(250)).value());
  const auto probes_of = [&](Watts limit) {
    return std::ranges::count(optimizer.measurements(), limit, &PowerLimitMeasurement::power_limit);
  };
  EXPECT_EQ(probes_of(Watts(250)), 2);
  EXPECT_EQ(probes_of(choice), 2);
}

// Killed after any number of steps, the next job comes to the same choice by the same probes.
TEST_F(OptimizerSearch, a_restart_goes_on_as_if_nothing_had_happened) {
  Training whole;
  GlobalPowerLimitOptimizer uninterrupted(whole.monitor, adaptive());
  whole.epoch(uninterrupted, 100);
  const auto limits_of = [](const GlobalPowerLimitOptimizer& optimizer) {
    std::vector<double> limits;
    for (const auto& it : optimizer.measurements()) limits.push_back(it.power_limit.value());
    return limits;
  };
  for (int killed_after = 1; killed_after < 30; killed_after += 4) {
    fs::remove(path);
    {
      Training first;
      GlobalPowerLimitOptimizer killed(first.monitor, with_profile(SearchKind::kAdaptive));
      for (int i = 0; i < killed_after; ++i) first.step(killed);
    }
    Training second;
    GlobalPowerLimitOptimizer resumed(second.monitor, with_profile(SearchKind::kAdaptive));
    second.epoch(resumed, 100);
    EXPECT_EQ(limits_of(resumed), limits_of(uninterrupted)) << killed_after;
    EXPECT_EQ(chosen(resumed), chosen(uninterrupted)) << killed_after;
  }
}

TEST_F(OptimizerSearch, each_reads_the_profile_of_the_other) {
  for (const SearchKind writer : {SearchKind::kSweep, SearchKind::kAdaptive}) {
    fs::remove(path);
    Training training;
    GlobalPowerLimitOptimizer optimizer(training.monitor, with_profile(writer));
    training.epoch(optimizer, 200);
    ASSERT_TRUE(fs::exists(path));
    for (const SearchKind reader : {SearchKind::kSweep, SearchKind::kAdaptive}) {
      Training next;
      GlobalPowerLimitOptimizer loaded(next.monitor, with_profile(reader));
      ASSERT_TRUE(std::holds_alternative<Done>(loaded.state()));
      EXPECT_NEAR(chosen(loaded).value(), chosen(optimizer).value(), 25);
      next.epoch(loaded, 20);
      EXPECT_TRUE(next.monitor.diary.empty()) << "a finished profile was measured anew";
    }
  }
}

TEST_F(OptimizerSearch, its_limits_are_finer_than_a_sweeps) {
  Training training;
  const GlobalPowerLimitOptimizer optimizer(training.monitor, adaptive());
  EXPECT_EQ(optimizer.power_limits().front(), Watts(250));
  EXPECT_EQ(optimizer.power_limits().back(), Watts(100));
  EXPECT_EQ(optimizer.power_limits().size(), 31U);
}

TEST_F(OptimizerSearch, the_report_says_what_is_gained_and_what_profiling_cost) {
  Training training;
  Options options = adaptive();
  options.search = SearchKind::kSweep;
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  EXPECT_FALSE(optimizer.report().gain) << "nothing is chosen yet";
  training.epoch(optimizer, 50);
  const TuningReport report = optimizer.report();
  ASSERT_TRUE(report.gain);
  const Watts choice = chosen(optimizer);
  const double energy = energy_at(training, choice) / energy_at(training, Watts(250));
  const double time = training.step_time(choice) / training.step_time(Watts(250));
  EXPECT_LT(energy, 0.8);
  EXPECT_NEAR(report.gain->energy.share, energy - 1, 1e-6);
  EXPECT_NEAR(report.gain->time.share, time - 1, 1e-6);
  EXPECT_EQ(report.gain->profiling_steps, 7 * (1 + 4));
}

TEST_F(OptimizerSearch, a_loaded_profile_has_cost_nothing) {
  Training training;
  {
    GlobalPowerLimitOptimizer optimizer(training.monitor, with_profile(SearchKind::kSweep));
    training.epoch(optimizer, 50);
  }
  const GlobalPowerLimitOptimizer optimizer(training.monitor, with_profile(SearchKind::kSweep));
  const TuningReport report = optimizer.report();
  ASSERT_TRUE(report.gain);
  EXPECT_LT(report.gain->energy.share, -0.05);
  EXPECT_EQ(report.gain->profiling_steps, 0);
  EXPECT_EQ(report.gain->payback_steps, 0.0);
}

TEST_F(OptimizerSearch, what_the_host_draws_counts_as_energy) {
  for (const SearchKind search : {SearchKind::kSweep, SearchKind::kAdaptive}) {
    Training training;
    Options options = adaptive();
    options.search = search;
    GlobalPowerLimitOptimizer without(training.monitor, options);
    training.epoch(without, 100);
    const Watts by_gpu_alone = chosen(without);
    without.close();
    options.host_power = Watts(2000);
    GlobalPowerLimitOptimizer with(training.monitor, options);
    training.epoch(with, 100);
    EXPECT_LT(by_gpu_alone, Watts(175));
    EXPECT_GT(chosen(with), Watts(225)) << "slower steps cost the host's energy";
    EXPECT_EQ(with.report().gain.has_value(), true);
    EXPECT_LT(with.measurements().front().energy.value(), 250)
        << "measurements are the GPU's alone";
  }
}

TEST_F(OptimizerSearch, the_hosts_draw_may_be_measured) {
  Training training;
  Options options = adaptive();
  options.search = SearchKind::kSweep;
  // 2000 W a GPU.
  struct Host final : Cpu {
    explicit Host(std::shared_ptr<ManualClock> its) : clock(std::move(its)) {}
    [[nodiscard]] const CpuInfo& info() const override { return about; }
    [[nodiscard]] CpuEnergy total_energy() override {
      return {.package = Watts(4000) * clock->monotonic()};
    }
    std::shared_ptr<ManualClock> clock;
    CpuInfo about{.name = "package-0"};
  };
  const std::vector<VisibleCpu> cpus{{0, std::make_shared<Host>(training.clock)}};
  options.host_power_meter = std::make_shared<HostPowerMeter>(cpus, 2, training.clock);
  GlobalPowerLimitOptimizer optimizer(training.monitor, options);
  training.epoch(optimizer, 50);
  EXPECT_EQ(chosen(optimizer), Watts(250));
  EXPECT_NEAR(optimizer.report().gain->host_power.value(), 2000, 1e-6);
}

}  // namespace
}  // namespace zeus::testing
