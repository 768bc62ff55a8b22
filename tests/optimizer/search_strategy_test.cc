// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Strategies on literal histories: no GPU, no clock, no ranks.
#include "zeus/optimizer/search_strategy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "zeus/error.h"
#include "zeus/optimizer/selectors.h"
#include "zeus/optimizer/sweep_strategy.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using History = std::vector<ProbeResult>;

KnobSetting at(double watts) { return {.power_limit = Watts(watts)}; }

ProbeResult result(double watts, double joules, double seconds) {
  return {.setting = at(watts), .energy = Joules(joules), .time = Seconds(seconds), .steps = 40};
}

SearchObjective least_energy() {
  return {.selector = std::make_shared<Energy>(), .allowed = {Watts(100), Watts(250)}};
}

struct SweepStrategyTest : ::testing::Test {
  SweepStrategy sweep{{Watts(250), Watts(175), Watts(100)}};
  SearchObjective objective = least_energy();

  SearchDecision next(const History& history) const { return sweep.next(history, objective); }
};

TEST_F(SweepStrategyTest, probes_its_list_in_order_then_chooses) {
  History history;
  EXPECT_EQ(next(history), SearchDecision(ProbeNext{at(250)}));
  EXPECT_EQ(sweep.probes_left(history), 3U);
  history.push_back(result(250, 100, 5));
  EXPECT_EQ(next(history), SearchDecision(ProbeNext{at(175)}));
  history.push_back(result(175, 80, 6));
  EXPECT_EQ(next(history), SearchDecision(ProbeNext{at(100)}));
  EXPECT_EQ(sweep.probes_left(history), 1U);
  history.push_back(result(100, 90, 9));
  EXPECT_EQ(setting_of(next(history)), at(175));
  EXPECT_TRUE(std::holds_alternative<Choose>(next(history)));
  EXPECT_EQ(sweep.probes_left(history), 0U);
}

TEST_F(SweepStrategyTest, goes_on_from_any_part_of_its_list) {
  EXPECT_EQ(next({result(100, 90, 9)}), SearchDecision(ProbeNext{at(250)}));
  EXPECT_EQ(next({result(100, 90, 9), result(250, 100, 5)}), SearchDecision(ProbeNext{at(175)}));
  EXPECT_EQ(sweep.probes_left(History{result(100, 90, 9), result(250, 100, 5)}), 1U);
}

TEST_F(SweepStrategyTest, a_limit_measured_twice_is_no_trouble) {
  EXPECT_EQ(next({result(250, 100, 5), result(250, 101, 5)}), SearchDecision(ProbeNext{at(175)}));
}

TEST_F(SweepStrategyTest, an_empty_list_chooses_among_what_is_known) {
  const SweepStrategy none{{}};
  EXPECT_EQ(setting_of(none.next(History{result(200, 70, 5), result(150, 60, 6)}, objective)),
            at(150));
}

TEST_F(SweepStrategyTest, results_that_are_not_allowed_are_not_chosen) {
  objective.allowed.max = Watts(200);
  const SweepStrategy none{{}};
  EXPECT_EQ(setting_of(none.next(History{result(250, 10, 5), result(150, 60, 6)}, objective)),
            at(150));
  EXPECT_THROW(static_cast<void>(none.next(History{result(250, 10, 5)}, objective)),
               ZeusValueError);
}

class Wild final : public SearchStrategy {
  SearchDecision do_next(std::span<const ProbeResult> /*history*/,
                         const SearchObjective& /*objective*/) const override {
    return ProbeNext{at(300)};
  }
  std::size_t do_probes_left(std::span<const ProbeResult> /*history*/) const override { return 1; }
};

TEST(SearchStrategy, a_setting_out_of_range_never_leaves_it) {
  try {
    static_cast<void>(Wild().next({}, least_energy()));
    FAIL() << "no error";
  } catch (const ZeusValueError& error) {
    EXPECT_THAT(error.what(), HasSubstr("300 W, out of 100-250 W"));
  }
}

TEST(ProbeResult, of_a_job_adds_energies_and_takes_the_slowest_ranks_time) {
  ProbeResult slow = result(200, 300, 12);
  slow.energy_error = Joules(3);
  slow.time_error = Seconds(0.5);
  ProbeResult fast = result(200, 500, 10);
  fast.energy_error = Joules(4);
  fast.time_error = Seconds(0.7);
  fast.steps = 60;
  const ProbeResult job = combine(std::vector<ProbeResult>{fast, slow});
  EXPECT_EQ(job.energy, Joules(800));
  EXPECT_EQ(job.energy_error, Joules(5));
  EXPECT_EQ(job.time, Seconds(12));
  EXPECT_EQ(job.time_error, Seconds(0.5));
  EXPECT_EQ(job.steps, 40);
}

}  // namespace
}  // namespace zeus::testing
