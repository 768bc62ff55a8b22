// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// retune_on_drift where a job has several ranks: rank 0 watches, and all start in the same round.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <variant>

#include "tests/optimizer/optimizer_ranks.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Steps take `times` as long as before.
void slow_down(Rank& rank, double times) {
  rank.training->step_time = [times](Watts limit) {
    return Seconds(times * (0.1 + 10.0 / limit.value()));
  };
}

struct OptimizerRanksDrift : OptimizerRanks {
  OptimizerRanksDrift() {
    for (Rank& rank : ranks) {
      rank.options.retune_on_drift = true;
      rank.options.optimum_selector = nullptr;  // whose choice is 150 W
    }
  }

  void find() {
    on_all([](Rank& rank) {
      rank.construct();
      rank.train(7);
      rank.training->clock->wait_for_sleepers(1);
    });
    for (const Rank& rank : ranks) ASSERT_EQ(rank.limit(), Watts(150)) << rank.number;
  }
  // About a minute an epoch.
  void train(int epochs, const std::function<bool(const Rank&)>& who = {}) {
    for (int epoch = 0; epoch < epochs; ++epoch) {
      on_all([&who](Rank& rank) {
        if (!who || who(rank)) rank.training->epoch(*rank.optimizer, 360);
      });
    }
  }
  // Without an epoch's end.
  void train_steps(int minutes) {
    for (int minute = 0; minute < minutes; ++minute) {
      on_all([](Rank& rank) {
        for (int i = 0; i < 360; ++i) rank.training->step(*rank.optimizer);
      });
    }
  }
  void expect_restarts(int count) {
    for (const Rank& rank : ranks) {
      EXPECT_TRUE(std::holds_alternative<Done>(rank.optimizer->state()))
          << rank.number << rank.optimizer->report().stopped_because;
      EXPECT_EQ(rank.optimizer->report().restarts, count) << rank.number;
      EXPECT_EQ(rank.limit(), ranks[0].limit()) << rank.number;
      EXPECT_EQ(rank.optimizer->report().probes, ranks[0].optimizer->report().probes);
    }
  }
};

TEST_F(OptimizerRanksDrift, all_start_anew_where_steps_of_all_get_longer) {
  find();
  train(40);
  expect_restarts(0);
  for (Rank& rank : ranks) slow_down(rank, 1.3);
  train(15);
  expect_restarts(1);
  EXPECT_EQ(ranks[3].optimizer->report().probes.size(), 4U) << "250 W, 150 W, and its neighbours";
  for (const ProbeResult& it : ranks[3].optimizer->report().probes) {
    const Watts limit = it.setting.power_limit;
    EXPECT_NEAR(it.time / (6 * ranks[3].training->step_time(limit)), 1, 1e-9) << "none is old";
  }
  EXPECT_THAT(log.warnings(), IsEmpty());
}

TEST_F(OptimizerRanksDrift, all_start_anew_in_a_loop_without_epochs) {
  find();
  train_steps(40);
  expect_restarts(0);
  for (Rank& rank : ranks) slow_down(rank, 1.3);
  train_steps(15);
  expect_restarts(1);
}

TEST_F(OptimizerRanksDrift, what_changes_on_rank_0_alone_starts_all_anew) {
  find();
  train(40);
  slow_down(ranks[0], 1.3);
  train(15);
  expect_restarts(1);
}

TEST_F(OptimizerRanksDrift, rank_0_speaks_for_all) {
  find();
  train(40);
  slow_down(ranks[2], 1.3);
  train(20);
  expect_restarts(0);
}

TEST_F(OptimizerRanksDrift, while_one_is_silent_the_others_keep_the_choice) {
  find();
  train(40);
  for (Rank& rank : ranks) slow_down(rank, 1.3);
  train(20, [](const Rank& rank) { return rank.number != 3; });
  for (const Rank& rank : ranks) {
    EXPECT_TRUE(std::holds_alternative<Done>(rank.optimizer->state())) << rank.number;
    EXPECT_EQ(rank.limit(), Watts(150)) << rank.number;
  }
  train(15);  // it was only slow
  expect_restarts(1);
}

TEST_F(OptimizerRanksDrift, one_that_has_left_ends_the_tuning_of_all) {
  find();
  train(40);
  for (Rank& rank : ranks) slow_down(rank, 1.3);
  ranks[3].training->gpu().fail<ZeusGPULostError>(GpuCall::kSetPowerLimit);
  train(15);
  expect_all_stopped();
  for (const Rank& rank : ranks) {
    if (rank.number != 3) {
      EXPECT_EQ(rank.limit(), Watts(250)) << rank.number;
    }
  }
}

TEST_F(OptimizerRanksDrift, ends_of_training_and_batch_sizes_do_not_unpair_rounds) {
  for (const int when : {1, 3, 5, 8}) {
    make_anew();
    on_all([](Rank& rank) {
      rank.construct();
      rank.optimizer->on_batch_size(8);
      rank.train(7);
      rank.training->clock->wait_for_sleepers(1);
    });
    train(40);
    for (Rank& rank : ranks) slow_down(rank, 1.3);
    train(when);
    ranks[1].optimizer->on_batch_size(4);
    on_all([](Rank& rank) {
      rank.optimizer->on_train_end();
      rank.optimizer->on_train_begin();
    });
    train(15);
    for (const Rank& rank : ranks) {
      EXPECT_TRUE(std::holds_alternative<Done>(rank.optimizer->state())) << rank.number << when;
      EXPECT_EQ(rank.optimizer->report().probes.size(), 4U) << "all limits";
      EXPECT_EQ(rank.limit(), ranks[0].limit()) << rank.number;
    }
  }
}

TEST_F(OptimizerRanksDrift, all_watch_or_none_does) {
  ranks[2].options.retune_on_drift = false;
  on_all([](Rank& rank) { rank.construct(); });
  for (const Rank& rank : ranks) EXPECT_THAT(rank.error, HasSubstr("retune_on_drift"));
}

}  // namespace
}  // namespace zeus::testing
