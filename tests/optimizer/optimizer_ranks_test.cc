// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Ranks agree, and never block.
#include "tests/optimizer/optimizer_ranks.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "tests/manual_clock.h"
#include "tests/stub_gpu.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

TEST_F(OptimizerRanks, energies_add_up_and_the_slowest_time_counts) {
  ranks[2].training->step_time = [](Watts limit) { return Seconds(0.2 + 20.0 / limit.value()); };
  on_all([](Rank& rank) {
    rank.construct();
    rank.train(50);
  });
  double energy = 0;
  for (Rank& rank : ranks) {
    energy += 6 * (rank.training->power(Watts(250)) * rank.training->step_time(Watts(250))).value();
  }
  for (const Rank& rank : ranks) {
    ASSERT_EQ(rank.optimizer->measurements().size(), 4U);
    EXPECT_NEAR(rank.optimizer->measurements()[0].energy.value(), energy, 1e-6);
    EXPECT_NEAR(rank.optimizer->measurements()[0].time.value(), 6 * (0.2 + 20.0 / 250), 1e-9);
    EXPECT_EQ(rank.optimum(), ranks[0].optimum());
    EXPECT_EQ(rank.limit(), ranks[0].optimum());
  }
}

TEST_F(OptimizerRanks, epochs_of_unequal_length_neither_hang_nor_mispair) {
  on_all([](Rank& rank) {
    rank.construct();
    rank.train(5 + rank.number);
  });
  for (const Rank& rank : ranks) {
    EXPECT_EQ(rank.optimum(), ranks[0].optimum());
    for (std::size_t i = 0; i < 4; ++i) {
      const PowerLimitMeasurement& point = rank.optimizer->measurements()[i];
      const Seconds time = 6 * rank.training->step_time(point.power_limit);
      EXPECT_NEAR(point.time.value(), time.value(), 1e-9);
      EXPECT_NEAR(point.energy.value(),
                  (4 * (rank.training->power(point.power_limit) * time)).value(), 1e-6);
    }
  }
}

TEST_F(OptimizerRanks, while_one_is_silent_the_others_train_on_at_their_prior_limits) {
  on_all([](Rank& rank) {
    rank.construct();
    // Rank 3 stops in the middle, as one that is killed.
    rank.train(1, rank.number == 3 ? 15 : 400);
  });
  for (const Rank& rank : ranks) {
    if (rank.number == 3) continue;
    EXPECT_TRUE(std::holds_alternative<Waiting>(rank.optimizer->state()));
    EXPECT_EQ(rank.limit(), Watts(250));
    EXPECT_EQ(rank.training->steps, 400) << "no hook blocked";
  }
  // It was only slow: when it comes back all go on to one limit.
  on_all([](Rank& rank) { rank.train(1); });
  for (const Rank& rank : ranks) EXPECT_EQ(rank.limit(), ranks[0].optimum());
}

TEST_F(OptimizerRanks, another_batch_size_on_one_starts_the_search_anew_on_all) {
  for (const int steps : {3, 12, 400}) {
    make_anew();
    on_all([steps](Rank& rank) {
      rank.construct();
      rank.optimizer->on_batch_size(8);
      rank.train(1, steps);
      rank.training->step_time = [](Watts limit) { return Seconds(0.05 + 5 / limit.value()); };
      if (rank.number == 1) rank.optimizer->on_batch_size(4);
    });
    // Those that are done hear of it at the end of an epoch.
    for (int epoch = 0; epoch < 50; ++epoch) {
      on_all([](Rank& rank) { rank.training->epoch(*rank.optimizer, 5); });
    }
    for (const Rank& rank : ranks) {
      ASSERT_EQ(rank.optimizer->measurements().size(), 4U)
          << steps << " " << rank.number << " " << rank.optimizer->state().index()
          << rank.optimizer->report().stopped_because;
      EXPECT_EQ(rank.optimizer->report().restarts, 1) << steps;
      EXPECT_EQ(rank.optimum(), ranks[0].optimum());
      EXPECT_EQ(rank.limit(), ranks[0].optimum());
      for (const PowerLimitMeasurement& point : rank.optimizer->measurements()) {
        const Seconds time = 6 * rank.training->step_time(point.power_limit);
        EXPECT_NEAR(point.time.value(), time.value(), 1e-9);
      }
    }
  }
}

TEST_F(OptimizerRanks, rank_0s_choice_is_everybodys) {
  for (Rank& rank : ranks) {
    if (rank.number != 0) rank.options.optimum_selector = std::make_shared<Time>();
  }
  on_all([](Rank& rank) {
    rank.construct();
    rank.train(7);
  });
  EXPECT_LT(ranks[0].limit(), Watts(250));
  for (const Rank& rank : ranks) EXPECT_EQ(rank.limit(), ranks[0].limit());
}

// Each rank ends its probes by its own figures, and rank 0 alone knows what is believed.
TEST_F(OptimizerRanks, an_adaptive_search_takes_all_to_the_same_limits) {
  for (const bool is_sure : {false, true}) {
    make_anew();
    for (Rank& rank : ranks) {
      rank.options.search = SearchKind::kAdaptive;
      if (is_sure) rank.options.wanted_error = 0.01;
      const double slower = 0.02 * rank.number;
      rank.training->step_time = [slower](Watts limit) {
        return Seconds((1 + slower) * (0.1 + 10.0 / limit.value()));
      };
    }
    on_all([](Rank& rank) {
      rank.construct();
      rank.train(7);
    });
    ASSERT_EQ(ranks[0].error, "");
    for (const Rank& rank : ranks) {
      EXPECT_EQ(rank.limit(), ranks[0].optimum()) << rank.number;
      const auto& points = rank.optimizer->measurements();
      const auto& firsts = ranks[0].optimizer->measurements();
      ASSERT_EQ(points.size(), firsts.size());
      EXPECT_LE(points.size(), 8U);
      for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(points[i].power_limit, firsts[i].power_limit) << rank.number << " " << i;
        EXPECT_EQ(points[i].energy, firsts[i].energy) << rank.number << " " << i;
      }
    }
  }
}

TEST_F(OptimizerRanks, the_default_cost_knows_how_many_gpus_the_job_has) {
  for (Rank& rank : ranks) rank.options.optimum_selector = nullptr;
  on_all([](Rank& rank) {
    rank.construct();
    rank.train(7);
  });
  const Watts expected = ZeusCost(0.5, kRanks).select(ranks[0].optimizer->measurements());
  const Watts unaware = ZeusCost(0.5, 1).select(ranks[0].optimizer->measurements());
  EXPECT_NE(expected, unaware) << "else this test can't fail";
  EXPECT_EQ(ranks[0].limit(), expected);
}

// Every rank monitors all four GPUs of the node, and trains on one.
TEST_F(OptimizerRanks, a_gpu_that_all_monitor_is_written_by_one_and_counted_once) {
  std::array<std::shared_ptr<StubGpu>, kRanks> node;
  for (int i = 0; i < kRanks; ++i)
    node.at(static_cast<std::size_t>(i)) = std::make_shared<StubGpu>(v100_info(i));
  struct View final : Gpu {  // a process's own handle on a GPU of the node
    View(std::shared_ptr<StubGpu> gpu, int viewer) : gpu_(std::move(gpu)), rank(viewer) {}
    const GpuInfo& info() const override { return gpu_->info(); }
    PowerLimitRange power_limit_range() const override { return gpu_->power_limit_range(); }
    Watts default_power_limit() const override { return gpu_->default_power_limit(); }
    Watts power_limit() const override { return gpu_->power_limit(); }
    Watts enforced_power_limit() const override { return gpu_->enforced_power_limit(); }
    void set_power_limit(Watts limit) override {
      if (!same_limit(limit, gpu_->power_limit())) writers.push_back(rank);
      gpu_->set_power_limit(limit);
    }
    Joules total_energy() const override { return gpu_->total_energy(); }
    Watts instant_power() const override { return gpu_->instant_power(); }
    Watts average_power() const override { return gpu_->average_power(); }
    Celsius temperature() const override { return gpu_->temperature(); }
    std::shared_ptr<StubGpu> gpu_;
    int rank;
    std::vector<int> writers;
  };
  std::array<std::vector<std::shared_ptr<View>>, kRanks> views;
  std::array<std::unique_ptr<ZeusMonitor>, kRanks> monitors;
  const auto clock = std::make_shared<ManualClock>();
  // All GPUs draw 200 W all the time.
  for (const auto& gpu : node) {
    gpu->set_energy_source([clock] { return Watts(200) * clock->monotonic(); });
  }
  std::array<std::optional<GlobalPowerLimitOptimizer>, kRanks> optimizers;
  for (std::size_t r = 0; r < kRanks; ++r) {
    std::vector<VisibleGpu> visible;
    for (std::size_t g = 0; g < kRanks; ++g) {
      views.at(r).push_back(std::make_shared<View>(node.at(g), static_cast<int>(r)));
      visible.push_back({static_cast<int>(g), views.at(r).back()});
    }
    monitors.at(r) = std::make_unique<ZeusMonitor>(visible, ZeusMonitorOptions{.clock = clock});
    ranks.at(r).options.local_gpu_index = static_cast<int>(r);
  }
  on_all([&](Rank& rank) {
    const auto r = static_cast<std::size_t>(rank.number);
    optimizers.at(r).emplace(*monitors.at(r), rank.options);
  });
  for (int step = 0; step < 60; ++step) {
    for (auto& optimizer : optimizers) optimizer->on_step_begin();
    clock->advance(Seconds(0.1));
  }
  for (std::size_t r = 0; r < kRanks; ++r) {
    ASSERT_TRUE(std::holds_alternative<Done>(optimizers.at(r)->state()));
    for (const auto& point : optimizers.at(r)->measurements()) {
      EXPECT_NEAR(point.energy.value(), 4 * 200 * 0.6, 1e-6) << "each GPU once";
    }
    for (std::size_t g = 0; g < kRanks; ++g) {
      EXPECT_EQ(views.at(r).at(g)->writers.empty(), r != g) << r << " " << g;
    }
  }
}

}  // namespace
}  // namespace zeus::testing
