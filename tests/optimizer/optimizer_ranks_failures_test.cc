// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A rank that fails takes the tuning with it on all, but not the training.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <span>
#include <variant>

#include "tests/optimizer/optimizer_ranks.h"
#include "zeus/error.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using OptimizerRanksFailures = OptimizerRanks;

TEST_F(OptimizerRanksFailures, a_construction_that_fails_on_one_fails_on_all_with_the_same_words) {
  ranks[2].training->gpu().fail_with(GpuCall::kSetPowerLimit,
                                     std::make_exception_ptr(ZeusGPUNoPermissionError(
                                         "no", 4, "nvmlDeviceSetPowerManagementLimit")));
  on_all([](Rank& rank) { rank.construct(); });
  for (const Rank& rank : ranks) {
    EXPECT_THAT(rank.error, HasSubstr("rank 2: "));
    EXPECT_THAT(rank.error, HasSubstr("SYS_ADMIN"));
    EXPECT_EQ(rank.error, ranks[0].error);
  }
  expect_prior_limits();
}

TEST_F(OptimizerRanksFailures, a_bad_parameter_on_one_fails_on_all_and_they_may_try_again) {
  ranks[3].options.profile_steps = 0;
  on_all([](Rank& rank) { rank.construct(); });
  for (const Rank& rank : ranks) EXPECT_THAT(rank.error, HasSubstr("rank 3: profile_steps"));
  ranks[3].options.profile_steps = 6;
  on_all([](Rank& rank) {
    rank.construct();
    rank.train(50);
  });
  for (const Rank& rank : ranks) EXPECT_EQ(rank.limit(), ranks[0].optimum());
}

TEST_F(OptimizerRanksFailures, differing_parameters_fail_on_all) {
  ranks[1].options.profile_steps = 7;
  on_all([](Rank& rank) { rank.construct(); });
  for (const Rank& rank : ranks) {
    EXPECT_THAT(rank.error, HasSubstr("rank 1 was given other parameters"));
    EXPECT_EQ(rank.error, ranks[0].error);
  }
}

TEST_F(OptimizerRanksFailures, a_search_of_another_kind_or_care_fails_on_all) {
  const auto spoil = {
      +[](GlobalPowerLimitOptimizerOptions& o) { o.search = SearchKind::kAdaptive; },
      +[](GlobalPowerLimitOptimizerOptions& o) { o.wanted_error = 0.01; },
  };
  for (const auto& change : spoil) {
    make_anew();
    const GlobalPowerLimitOptimizerOptions before = ranks[2].options;
    change(ranks[2].options);
    on_all([](Rank& rank) { rank.construct(); });
    for (const Rank& rank : ranks) {
      EXPECT_THAT(rank.error, HasSubstr("rank 2 was given other parameters"));
    }
    ranks[2].options.search = before.search;
    ranks[2].options.wanted_error = before.wanted_error;
  }
  expect_prior_limits();
}

TEST_F(OptimizerRanksFailures, a_silent_rank_is_named_after_the_time_limit) {
  on_all([](Rank& rank) {
    rank.options.construction_timeout = Seconds(0.3);
    if (rank.number != 1) rank.construct();
  });
  for (const Rank& rank : ranks) {
    if (rank.number == 1) continue;
    EXPECT_THAT(rank.error, HasSubstr("rank 1 did not answer"));
  }
  expect_prior_limits();
}

TEST_F(OptimizerRanksFailures, a_device_that_fails_on_one_ends_the_tuning_on_all) {
  on_all([](Rank& rank) {
    rank.construct();
    if (rank.number == 1) {
      rank.train(1, 15);
      rank.training->gpu().fail<ZeusGPULostError>(GpuCall::kTotalEnergy);
    }
    rank.train(1);
  });
  expect_all_stopped();
  EXPECT_THAT(std::get<Stopped>(ranks[0].optimizer->state()).reason, HasSubstr("another rank"));
  expect_prior_limits();
}

class Thrower final : public OptimumSelector {
  Watts do_select(std::span<const PowerLimitMeasurement> /*measurements*/) const override {
    throw ZeusValueError("the user's own selector failed");
  }
};

TEST_F(OptimizerRanksFailures, a_selector_that_fails_on_rank_0_ends_the_tuning_on_all) {
  ranks[0].options.optimum_selector = std::make_shared<Thrower>();
  on_all([](Rank& rank) {
    rank.construct();
    rank.train(7);
  });
  expect_all_stopped();
  expect_prior_limits();
}

// The choice is known to all, and one rank can't set it.
TEST_F(OptimizerRanksFailures, a_rank_that_fails_after_the_last_probe_takes_the_others_back) {
  ranks[0].options.optimum_selector = std::make_shared<Time>();
  on_all([](Rank& rank) {
    rank.construct();
    // The host allows less from now on.
    if (rank.number == 1) rank.training->gpu().set_limit_range({Watts(100), Watts(225)});
    rank.train(7);
  });
  on_all([](Rank& rank) { rank.training->epoch(*rank.optimizer, 7); });
  expect_all_stopped();
  for (const Rank& rank : ranks) {
    EXPECT_EQ(rank.limit(), Watts(rank.number == 1 ? 225 : 250)) << rank.number;
  }
}

TEST_F(OptimizerRanksFailures, a_rank_that_leaves_while_all_are_done_takes_the_others_back) {
  on_all([](Rank& rank) {
    rank.construct();
    rank.train(7);
  });
  for (int epoch = 0; epoch < 3; ++epoch) {
    on_all([](Rank& rank) { rank.training->epoch(*rank.optimizer, 7); });
  }
  ASSERT_NE(ranks[0].limit(), Watts(250));
  ranks[2].optimizer->on_train_end();
  ranks[2].training->gpu().fail<ZeusGPULostError>(GpuCall::kPowerLimit, 0, /*times=*/3);
  ranks[2].optimizer->on_train_begin();
  for (int epoch = 0; epoch < 3; ++epoch) {
    on_all([](Rank& rank) { rank.training->epoch(*rank.optimizer, 7); });
  }
  expect_all_stopped();
  expect_prior_limits();
}

}  // namespace
}  // namespace zeus::testing
