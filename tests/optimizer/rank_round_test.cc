// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Rounds of several ranks, one after the other in one thread: nothing blocks.
#include "zeus/optimizer/rank_round.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/communicator/thread_communicator.h"
#include "zeus/communicator/single_process.h"
#include "zeus/error.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;

KnobSetting at(double watts) { return {.power_limit = Watts(watts)}; }

ProbeResult result(double watts, double joules) {
  return {.setting = at(watts), .energy = Joules(joules), .time = Seconds(joules / 100)};
}

struct RankRoundTest : ::testing::Test {
  RankRoundTest() {
    for (int rank = 0; rank < 3; ++rank) {
      rounds.push_back(std::make_unique<RankRound>(world->rank(rank)));
    }
  }

  std::optional<RoundOutcome> poll(std::size_t rank) {
    return rounds[rank]->poll([this](const std::optional<ProbeResult>& job) {
      seen.push_back(job);
      return decision;
    });
  }
  std::string failure(std::size_t rank) {
    try {
      static_cast<void>(poll(rank));
    } catch (const ZeusCommunicatorError& error) {
      return error.what();
    }
    return "none";
  }

  std::shared_ptr<ThreadWorld> world = ThreadWorld::of(3);
  std::vector<std::unique_ptr<RankRound>> rounds;
  SearchDecision decision = ProbeNext{at(175)};
  std::vector<std::optional<ProbeResult>> seen;  // by rank 0, which alone decides
};

TEST_F(RankRoundTest, every_rank_gets_the_jobs_result_and_rank_0s_decision) {
  rounds[1]->report(result(200, 20));
  rounds[2]->report(result(200, 30));
  EXPECT_FALSE(poll(1));
  EXPECT_FALSE(poll(2));
  rounds[0]->report(result(200, 10));
  const auto first = poll(0);
  ASSERT_TRUE(first);
  for (const std::size_t rank : {1UL, 2UL}) {
    const auto outcome = poll(rank);
    ASSERT_TRUE(outcome);
    const auto& measured = std::get<Measured>(*outcome);
    EXPECT_EQ(measured.result.energy, Joules(60));
    EXPECT_EQ(measured.decision, decision);
    EXPECT_FALSE(rounds[rank]->is_under_way());
  }
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0]->energy, Joules(60));
}

TEST_F(RankRoundTest, a_search_around_the_choice_gives_way_to_one_of_all_limits) {
  for (const bool second_wants_all : {false, true}) {
    rounds[0]->start_anew("drift", /*is_around_choice=*/true);
    rounds[1]->hold();
    if (second_wants_all) {
      rounds[2]->start_anew("another batch size");
    } else {
      rounds[2]->hold();
    }
    for (int i = 0; i < 3; ++i) {
      for (const std::size_t rank : {1UL, 2UL, 0UL}) {
        if (!rounds[rank]->is_under_way()) continue;
        const auto outcome = poll(rank);
        if (!outcome) continue;
        const auto& anew = std::get<StartedAnew>(*outcome);
        EXPECT_EQ(anew.is_around_choice, !second_wants_all);
        EXPECT_EQ(anew.reason, second_wants_all ? "another batch size" : "drift");
        EXPECT_EQ(rounds[rank]->starts_around_choice(), !second_wants_all);
      }
    }
    for (const auto& round : rounds) EXPECT_FALSE(round->is_under_way());
  }
}

TEST_F(RankRoundTest, a_decision_is_awaited_when_rank_0_is_the_last_to_look) {
  for (std::size_t rank = 0; rank < 3; ++rank) rounds[rank]->report(result(200, 10));
  EXPECT_FALSE(poll(1)) << "rank 0 has not decided";
  ASSERT_TRUE(poll(0));
  EXPECT_TRUE(poll(1));
}

TEST_F(RankRoundTest, a_rank_that_leaves_is_named_with_its_reason) {
  rounds[0]->report(result(200, 10));
  rounds[2]->leave("the GPU is lost");
  EXPECT_THAT(failure(0), HasSubstr("rank 2: the GPU is lost")) << "rank 1 is still missing";
  rounds[1]->report(result(200, 10));
  EXPECT_THAT(failure(1), HasSubstr("another rank's tuning has ended"));
}

TEST_F(RankRoundTest, a_decision_that_fails_reaches_the_others_as_leaving) {
  for (std::size_t rank = 0; rank < 3; ++rank) rounds[rank]->report(result(200, 10));
  const auto fails = [](const auto&) -> SearchDecision { throw ZeusValueError("no idea"); };
  EXPECT_THROW(static_cast<void>(rounds[0]->poll(fails)), ZeusValueError);
  rounds[0]->leave("no idea");
  EXPECT_THAT(failure(1), HasSubstr("rank 0: no idea"));
  EXPECT_THAT(failure(2), HasSubstr("rank 0: no idea"));
}

TEST_F(RankRoundTest, one_rank_that_starts_anew_makes_all_do_so) {
  rounds[0]->report(result(200, 10));
  rounds[1]->start_anew("the batch size changed");
  rounds[2]->report(result(200, 10));
  for (std::size_t rank = 0; rank < 3; ++rank) {
    const auto outcome = poll(rank);
    ASSERT_TRUE(outcome) << rank;
    EXPECT_EQ(std::get<StartedAnew>(*outcome).reason, "the batch size changed");
    EXPECT_EQ(std::get<StartedAnew>(*outcome).decision, decision);
  }
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_FALSE(seen[0]) << "there is no result of this round";
}

TEST_F(RankRoundTest, holding_is_confirmed_when_all_hold) {
  rounds[0]->hold();
  rounds[1]->hold();
  EXPECT_FALSE(poll(0));
  rounds[2]->hold();
  for (std::size_t rank = 0; rank < 3; ++rank) {
    const auto outcome = poll(rank);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(std::holds_alternative<AllHold>(*outcome));
  }
}

TEST_F(RankRoundTest, a_rank_that_fails_instead_of_holding_is_heard) {
  rounds[0]->hold();
  rounds[1]->hold();
  rounds[2]->leave("the limit could not be set");
  EXPECT_THAT(failure(0), HasSubstr("could not be set"));
  EXPECT_THAT(failure(1), HasSubstr("could not be set"));
}

TEST_F(RankRoundTest, ranks_that_hold_start_anew_with_one_that_does) {
  rounds[0]->hold();
  rounds[1]->hold();
  rounds[2]->start_anew("another batch size");
  for (const std::size_t rank : {1UL, 0UL, 2UL}) static_cast<void>(poll(rank));
  EXPECT_TRUE(std::holds_alternative<StartedAnew>(*poll(1)));
  EXPECT_FALSE(rounds[2]->is_under_way());
}

TEST_F(RankRoundTest, ranks_that_measured_different_settings_are_out_of_step) {
  rounds[0]->report(result(200, 10));
  rounds[1]->report(result(175, 10));
  rounds[2]->report(result(200, 10));
  EXPECT_THAT(failure(0), HasSubstr("out of step"));
}

TEST(RankRound, a_job_of_one_process_has_its_outcome_at_once) {
  RankRound round(single_process());
  round.report(result(200, 10));
  const auto outcome = round.poll([](const std::optional<ProbeResult>& job) -> SearchDecision {
    return Choose{.setting = job->setting, .reason = "the only one"};
  });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<Measured>(*outcome).decision,
            SearchDecision(Choose{.setting = at(200), .reason = "the only one"}));
}

TEST(RankRound, decisions_survive_as_text) {
  const SearchDecision locked =
      ProbeNext{{.power_limit = Watts(187.5), .locked_clock = MegaHertz(1200)}};
  EXPECT_EQ(decode_decision(encode(locked)), locked);
  const SearchDecision chosen = Choose{.setting = at(150), .reason = "\xff least energy"};
  EXPECT_EQ(setting_of(decode_decision(encode(chosen))), at(150));
  EXPECT_THROW(static_cast<void>(decode_decision("{}")), ZeusCommunicatorError);
  EXPECT_THROW(static_cast<void>(decode_decision("")), ZeusCommunicatorError);
}

}  // namespace
}  // namespace zeus::testing
