// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/pooled_results.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "zeus/error.h"
#include "zeus/optimizer/confirming_sweep.h"
#include "zeus/optimizer/selectors.h"

namespace zeus {
namespace {

ProbeResult result(double limit, double time, double power = 0) {
  return {.setting = {.power_limit = Watts(limit)},
          .energy = Joules(time * (power > 0 ? power : 0.9 * limit)),
          .time = Seconds(time),
          .steps = 40};
}

SearchObjective objective(std::shared_ptr<const OptimumSelector> selector) {
  return {.selector = std::move(selector), .allowed = {.min = Watts(100), .max = Watts(250)}};
}

double chosen(const SearchDecision& decision) {
  return std::get<Choose>(decision).setting.power_limit.value();
}
double probed(const SearchDecision& decision) {
  return std::get<ProbeNext>(decision).setting.power_limit.value();
}

TEST(Pool, repeats_of_a_setting_are_one_point) {
  const std::vector history{result(250, 10), result(200, 11), result(250, 10.2)};
  const PooledResults pooled = pool(history);
  ASSERT_EQ(pooled.points.size(), 2U);
  EXPECT_EQ(pooled.points[0].setting.power_limit, Watts(250));
  EXPECT_EQ(pooled.points[0].probes, 2);
  EXPECT_NEAR(pooled.points[0].time.value(), std::sqrt(10 * 10.2), 1e-9);
  EXPECT_NEAR(pooled.points[0].energy.value(), 225 * std::sqrt(10 * 10.2), 1e-6);
  EXPECT_EQ(pooled.find({.power_limit = Watts(225)}), nullptr);
}

TEST(Pool, repeats_show_how_much_probes_differ) {
  EXPECT_DOUBLE_EQ(pool(std::vector{result(250, 10), result(200, 11)}).between, 0.01);
  const double calm = pool(std::vector{result(250, 10), result(250, 10)}).between;
  EXPECT_NEAR(calm, 0.01 * std::sqrt(2.0 / 3), 1e-9);
  const double wild = pool(std::vector{result(250, 10), result(250, 11)}).between;
  EXPECT_NEAR(wild, std::sqrt((2e-4 + std::pow(std::log(1.1), 2) / 2) / 3), 1e-9);
}

TEST(Pool, what_a_probe_knows_of_its_own_error_is_no_scatter_between_probes) {
  std::vector history{result(250, 10), result(250, 10.5)};
  for (ProbeResult& it : history) it.time_error = Seconds(0.5);
  EXPECT_NEAR(pool(history).between, 0.01 * std::sqrt(2.0 / 3), 1e-9);
}

TEST(Pool, a_drifting_result_is_left_out_once_there_is_another) {
  std::vector history{result(250, 13), result(200, 11)};
  history[0].drifts = true;
  EXPECT_EQ(pool(history).points[0].time, Seconds(13)) << "better than none";
  history.push_back(result(250, 10));
  const PooledResults pooled = pool(history);
  EXPECT_NEAR(pooled.points[0].time.value(), 10, 1e-9);
  EXPECT_EQ(pooled.points[0].probes, 1);
}

TEST(Pool, the_share_of_long_steps_is_that_of_all_probes) {
  // By chance the first had 4 of 40 and the second 12: it would look 20 % slower.
  std::vector<ProbeResult> history;
  for (const double share : {0.1, 0.3, 0.2}) {
    history.push_back(result(250 - 100 * share, 10 * (1 + share)));
    history.back().long_steps = {.share = share, .times = 2, .are_counted = true};
  }
  const PooledResults pooled = pool(history);
  for (const PooledPoint& point : pooled.points) EXPECT_NEAR(point.time.value(), 12, 1e-9);
}

TEST(Pool, long_steps_that_hide_among_slow_ones_are_counted_already) {
  std::vector<ProbeResult> history;
  for (const double limit : {250, 225, 200}) {
    history.push_back(result(limit, 10));
    history.back().long_steps = {.share = 0.15, .times = 2.5, .are_counted = false};
  }
  history.push_back(result(100, 18));  // none of 40 is twice as long as the others
  const PooledResults pooled = pool(history);
  EXPECT_NEAR(pooled.points[0].time.value(), 10 * (1 + 0.15 * 1.5), 1e-9);
  EXPECT_NEAR(pooled.points[3].time.value(), 18, 1e-9);
}

TEST(Pool, long_steps_that_are_rare_in_the_job_do_not_count) {
  std::vector history(10, result(250, 10));
  history.push_back(result(200, 11 * (0.8 + 0.2 * 2)));
  history.back().long_steps = {.share = 0.2, .times = 2, .are_counted = true};
  EXPECT_NEAR(pool(history).points[1].time.value(), 11, 1e-9);
}

TEST(SelectSafely, does_not_believe_a_setting_that_is_just_within_the_bound) {
  const auto bound = objective(std::make_shared<MaxSlowdownConstraint>(1.1));
  const std::vector history{result(250, 10), result(200, 10.5), result(175, 10.99)};
  EXPECT_EQ(select_safely(pool(history), bound, 1).power_limit, Watts(200));
  EXPECT_EQ(select_setting(history, bound).power_limit, Watts(175));
}

TEST(SelectSafely, leaves_energies_alone) {
  const auto least = objective(std::make_shared<Energy>());
  const std::vector history{result(250, 10), result(200, 10.5), result(175, 11), result(100, 30)};
  EXPECT_EQ(select_safely(pool(history), least, 1).power_limit, Watts(175));
}

// (180 W + 250 W) 10.95 s is less than (225 W + 250 W) 10 s; with the margin of a bound it is not.
TEST(SelectSafely, a_cost_without_a_bound_pays_for_no_care) {
  const auto cost = objective(std::make_shared<ZeusCost>(0.5));
  const std::vector history{result(250, 10), result(200, 10.95)};
  EXPECT_EQ(select_setting(history, cost).power_limit, Watts(200));
  EXPECT_EQ(select_safely(pool(history), cost, 1).power_limit, Watts(200));
}

TEST(ConfirmingSweep, probes_all_then_the_highest_then_its_pick_again) {
  const ConfirmingSweep sweep({Watts(250), Watts(200), Watts(150), Watts(100)});
  const auto goal = objective(std::make_shared<Energy>());
  std::vector<ProbeResult> history;
  std::vector<double> order;
  for (;;) {
    const SearchDecision decision = sweep.next(history, goal);
    if (std::holds_alternative<Choose>(decision)) break;
    order.push_back(probed(decision));
    const double limit = order.back();
    history.push_back(result(limit, 8 + 500 / limit));
    ASSERT_LT(order.size(), 20U);
  }
  EXPECT_EQ(order, (std::vector<double>{250, 200, 150, 100, 250, 100}));
  EXPECT_EQ(chosen(sweep.next(history, goal)), 100);
}

TEST(ConfirmingSweep, a_pick_that_does_not_repeat_itself_is_not_chosen) {
  const ConfirmingSweep sweep({Watts(250), Watts(200), Watts(150)});
  const auto goal = objective(std::make_shared<MaxSlowdownConstraint>(1.1));
  std::vector history{result(250, 10), result(200, 10.2), result(150, 10.5), result(250, 10)};
  EXPECT_EQ(probed(sweep.next(history, goal)), 150);
  history.push_back(result(150, 11.3));
  EXPECT_EQ(probed(sweep.next(history, goal)), 200);
  history.push_back(result(200, 10.2));
  EXPECT_EQ(chosen(sweep.next(history, goal)), 200);
}

TEST(ConfirmingSweep, a_reference_that_drifted_is_probed_twice_more) {
  const ConfirmingSweep sweep({Watts(250), Watts(200)});
  const auto goal = objective(std::make_shared<MaxSlowdownConstraint>(1.1));
  std::vector history{result(250, 12), result(200, 11.5)};
  history[0].drifts = true;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(probed(sweep.next(history, goal)), 250);
    history.push_back(result(250, 10));
  }
  EXPECT_EQ(chosen(sweep.next(history, goal)), 250);
}

TEST(ConfirmingSweep, comes_to_an_end_whatever_it_is_told) {
  const ConfirmingSweep sweep({Watts(250), Watts(200), Watts(150)});
  const auto goal = objective(std::make_shared<MaxSlowdownConstraint>(1.3));
  std::vector<ProbeResult> history;
  double time = 10;
  while (std::holds_alternative<ProbeNext>(sweep.next(history, goal))) {
    time = time > 10 ? 7 : 15;
    history.push_back(result(probed(sweep.next(history, goal)), time));
    history.back().drifts = true;
    ASSERT_LT(history.size(), 20U);
  }
}

TEST(ConfirmingSweep, expects_two_probes_beside_the_list) {
  const ConfirmingSweep sweep({Watts(250), Watts(200)});
  EXPECT_EQ(sweep.probes_left({}), 4U);
  std::vector history{result(250, 10)};
  EXPECT_EQ(sweep.probes_left(history), 3U);
  history.push_back(result(200, 10));
  history.push_back(result(250, 10));
  EXPECT_EQ(sweep.probes_left(history), 1U);
}

}  // namespace
}  // namespace zeus
