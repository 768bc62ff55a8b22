// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/search_around.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "zeus/optimizer/adaptive_strategy.h"
#include "zeus/optimizer/selectors.h"
#include "zeus/optimizer/sweep_strategy.h"

namespace zeus::testing {
namespace {

using ::testing::ElementsAre;

const std::vector<Watts> kLimits{Watts(300), Watts(275), Watts(250), Watts(225),
                                 Watts(200), Watts(175), Watts(150)};

struct Searched {
  std::vector<double> probed;
  double chosen = 0;
};

// The job's energy is least at `best`.
Searched search(const SearchStrategy& strategy, double best) {
  const SearchObjective objective{.selector = std::make_shared<Energy>(),
                                  .allowed = {.min = Watts(150), .max = Watts(300)}};
  std::vector<ProbeResult> history;
  Searched searched;
  for (int i = 0; i < 30; ++i) {
    EXPECT_GE(strategy.probes_left(history) + history.size(), history.size());
    const SearchDecision decision = strategy.next(history, objective);
    const double limit = setting_of(decision).power_limit.value();
    if (std::holds_alternative<Choose>(decision)) {
      searched.chosen = limit;
      return searched;
    }
    searched.probed.push_back(limit);
    history.push_back({.setting = setting_of(decision),
                       .energy = Joules(1000 + (limit - best) * (limit - best) / 50),
                       .time = Seconds(5 + 300 / limit),
                       .energy_error = Joules(0.5),
                       .time_error = Seconds(0.005),
                       .steps = 40});
  }
  ADD_FAILURE() << "does not end";
  return searched;
}

TEST(NeighbourhoodSweep, probes_the_highest_the_centre_and_its_neighbours) {
  const Searched it = search(NeighbourhoodSweep(kLimits, Watts(200), false), 200);
  EXPECT_THAT(it.probed, ElementsAre(300, 225, 200, 175));
  EXPECT_EQ(it.chosen, 200);
}

TEST(NeighbourhoodSweep, follows_the_best_limit_as_far_as_it_has_moved) {
  const Searched down = search(NeighbourhoodSweep(kLimits, Watts(250), false), 155);
  EXPECT_THAT(down.probed, ElementsAre(300, 275, 250, 225, 200, 175, 150));
  EXPECT_EQ(down.chosen, 150);
  const Searched up = search(NeighbourhoodSweep(kLimits, Watts(175), false), 225);
  EXPECT_THAT(up.probed, ElementsAre(300, 200, 175, 150, 225, 250));
  EXPECT_EQ(up.chosen, 225);
}

TEST(NeighbourhoodSweep, begins_at_either_end) {
  EXPECT_THAT(search(NeighbourhoodSweep(kLimits, Watts(300), false), 300).probed,
              ElementsAre(300, 275));
  EXPECT_THAT(search(NeighbourhoodSweep(kLimits, Watts(150), false), 150).probed,
              ElementsAre(300, 175, 150));
}

TEST(NeighbourhoodSweep, may_begin_at_a_limit_of_another_list) {
  const Searched it = search(NeighbourhoodSweep(kLimits, Watts(210), false), 210);
  EXPECT_THAT(it.probed, ElementsAre(300, 225, 210, 200));
  EXPECT_EQ(it.chosen, 210);
}

TEST(NeighbourhoodSweep, that_confirms_measures_highest_and_choice_twice) {
  const Searched it = search(NeighbourhoodSweep(kLimits, Watts(200), true), 200);
  EXPECT_THAT(it.probed, ElementsAre(300, 225, 200, 175, 300, 200));
  EXPECT_EQ(it.chosen, 200);
}

TEST(NeighbourhoodSweep, says_how_many_probes_are_left) {
  const NeighbourhoodSweep strategy(kLimits, Watts(200), false);
  EXPECT_EQ(strategy.probes_left({}), 4U);
  const std::vector<ProbeResult> one{{.setting = {.power_limit = Watts(300)}}};
  EXPECT_EQ(strategy.probes_left(one), 3U);
}

TEST(ProbeFirst, then_does_what_the_other_wants) {
  const ProbeFirst strategy({Watts(300), Watts(200)},
                            std::make_shared<SweepStrategy>(std::vector{Watts(250), Watts(200)}));
  const Searched it = search(strategy, 250);
  EXPECT_THAT(it.probed, ElementsAre(300, 200, 250));
  EXPECT_EQ(it.chosen, 250);
  EXPECT_EQ(strategy.probes_left({}), 2U);
}

TEST(ProbeFirst, an_adaptive_search_goes_on_from_there) {
  const ProbeFirst strategy({Watts(300), Watts(225)}, std::make_shared<AdaptiveStrategy>(1));
  const Searched it = search(strategy, 225);
  ASSERT_GE(it.probed.size(), 2U);
  EXPECT_EQ(it.probed[0], 300);
  EXPECT_EQ(it.probed[1], 225);
}

}  // namespace
}  // namespace zeus::testing
