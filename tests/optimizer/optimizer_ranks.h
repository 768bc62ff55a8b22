// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Four ranks, as threads.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "tests/captured_log.h"
#include "tests/communicator/thread_communicator.h"
#include "tests/optimizer/training.h"
#include "zeus/error.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {

inline constexpr int kRanks = 4;

// What one rank does, on its own GPU unless a test gives it others.
struct Rank {
  int number = 0;
  std::unique_ptr<Training> training = nullptr;
  GlobalPowerLimitOptimizerOptions options = {};
  std::string error = {};  // what construction threw
  std::optional<GlobalPowerLimitOptimizer> optimizer = std::nullopt;

  void construct() {
    try {
      optimizer.emplace(training->monitor, options);
    } catch (const ZeusCommunicatorError& failure) {
      error = failure.what();
    }
  }

  // Trains until the tuning has ended, at most so many epochs.
  void train(int epoch_length, int most_epochs = 100000) {
    for (int i = 0; i < most_epochs && !ended(); ++i) {
      training->epoch(*optimizer, epoch_length);
      std::this_thread::yield();
    }
  }

  bool ended() const {
    return std::holds_alternative<Done>(optimizer->state()) ||
           std::holds_alternative<Stopped>(optimizer->state());
  }

  Watts optimum() const { return std::get<Done>(optimizer->state()).optimal_power_limit; }
  Watts limit() const { return training->gpu().limit_now(); }
};

struct OptimizerRanks : ::testing::Test {
  OptimizerRanks() {
    for (int i = 0; i < kRanks; ++i) {
      Rank& rank = ranks[static_cast<std::size_t>(i)];
      rank.number = i;
      rank.training = std::make_unique<Training>(1, i);
      rank.options.communicator = world->rank(i);
      rank.options.optimum_selector = std::make_shared<Energy>();
      rank.options.warmup_steps = 2;
      rank.options.profile_steps = 6;
      rank.options.pl_step = Watts(50);
      rank.options.construction_timeout = Seconds(30);
    }
  }

  // Runs `work` on every rank at once.
  void on_all(const std::function<void(Rank&)>& work) {
    std::vector<std::jthread> threads;
    threads.reserve(kRanks);
    for (Rank& rank : ranks) threads.emplace_back([&rank, &work] { work(rank); });
  }

  // As after a restart of the job.
  void make_anew() {
    world = ThreadWorld::of(kRanks);
    for (Rank& rank : ranks) {
      rank.optimizer.reset();
      rank.training = std::make_unique<Training>(1, rank.number);
      rank.options.communicator = world->rank(rank.number);
    }
  }

  void expect_all_stopped() {
    for (const Rank& rank : ranks) {
      EXPECT_TRUE(std::holds_alternative<Stopped>(rank.optimizer->state())) << rank.number;
    }
  }

  void expect_prior_limits() {
    for (const Rank& rank : ranks) EXPECT_EQ(rank.limit(), Watts(250)) << rank.number;
  }

  CapturedLog log;
  std::shared_ptr<ThreadWorld> world = ThreadWorld::of(kRanks);
  std::array<Rank, kRanks> ranks;
};

}  // namespace zeus::testing
