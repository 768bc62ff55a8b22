// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The adaptive search on histories and on made-up jobs: no GPU, no clock, no ranks.
#include "zeus/optimizer/adaptive_strategy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/optimizer/made_up_job.h"
#include "zeus/optimizer/selectors.h"
#include "zeus/optimizer/sweep_strategy.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(AdaptiveStrategy, probes_the_ceiling_first) {
  const AdaptiveStrategy strategy(1);
  EXPECT_EQ(strategy.next({}, objective_of(std::make_shared<Energy>())),
            SearchDecision(ProbeNext{{.power_limit = Watts(250)}}));
}

TEST(AdaptiveStrategy, finds_the_least_energy_in_few_probes) {
  for (const double steepness : {0.5, 1.0, 2.0}) {
    for (const double draw : {180.0, 230.0, 245.0}) {
      const Job job{.draw = draw, .steepness = steepness};
      const Search found = search(job, objective_of(std::make_shared<Energy>()));
      EXPECT_LE(job.energy(found.chosen()), 1.01 * least_energy(job, 100, 250))
          << draw << " W, " << steepness;
      EXPECT_LE(found.history.size(), 6U);
      EXPECT_GE(found.probes_of(found.chosen()), 1) << "a limit was chosen unseen";
    }
  }
}

// Cards and jobs that are unlike those the prior was made for.
TEST(AdaptiveStrategy, finds_the_least_energy_of_unusual_jobs) {
  const std::vector<Job> jobs{{.steepness = 0.15},
                              {.steepness = 5},
                              {.draw = 150, .steepness = 4},
                              // Draws far more than its mean at times: limits act early.
                              {.draw = 170, .acts_from = 1.35},
                              {.draw = 240, .acts_from = 0.8}};
  for (const Job& job : jobs) {
    const Search found = search(job, objective_of(std::make_shared<Energy>()));
    EXPECT_LE(job.energy(found.chosen()), 1.01 * least_energy(job, 100, 250))
        << job.draw << " W, " << job.steepness << ", " << job.acts_from;
    EXPECT_LE(found.history.size(), 8U);
  }
}

TEST(AdaptiveStrategy, a_wide_range_takes_no_more_probes) {
  const Job job{.draw = 640};
  const Search found = search(job, objective_of(std::make_shared<Energy>(), 200, 700));
  EXPECT_LE(job.energy(found.chosen()), 1.01 * least_energy(job, 200, 700));
  EXPECT_LE(found.history.size(), 7U);
}

TEST(AdaptiveStrategy, a_job_of_several_gpus_is_searched_as_one_of_one) {
  const SearchObjective objective = objective_of(std::make_shared<Energy>());
  const Search one = search({}, objective);
  const Search eight = search({.gpus = 8}, objective);
  EXPECT_EQ(one.chosen(), eight.chosen());
  EXPECT_EQ(one.history.size(), eight.history.size());
}

TEST(AdaptiveStrategy, a_flat_job_costs_two_probes_and_keeps_the_ceiling) {
  const Job job{.draw = 60, .noise = 0.003};
  for (const std::shared_ptr<const OptimumSelector>& selector :
       std::vector<std::shared_ptr<const OptimumSelector>>{
           std::make_shared<Energy>(), std::make_shared<ZeusCost>(0.5), std::make_shared<Time>()}) {
    const Search found = search(job, objective_of(selector));
    EXPECT_EQ(found.history.size(), 2U);
    EXPECT_EQ(found.chosen(), 250);
    EXPECT_THAT(found.choice.reason, HasSubstr("60 W"));
  }
}

TEST(AdaptiveStrategy, a_flat_job_that_is_surely_cheaper_at_the_floor_takes_it) {
  const Job job{.draw = 60};
  ProbeResult cheaper = job.probe(Watts(100));
  cheaper.energy = cheaper.energy * 0.93;
  cheaper.time = cheaper.time * 0.94;
  const Search found =
      search(job, objective_of(std::make_shared<Energy>()), {job.probe(Watts(250)), cheaper});
  EXPECT_EQ(found.history.size(), 2U);
  EXPECT_EQ(found.chosen(), 100);
}

TEST(AdaptiveStrategy, a_flat_job_takes_the_floor_for_more_than_the_uncertainty) {
  const auto chosen = [](double saved) {
    const Job job{.draw = 60};
    ProbeResult cheaper = job.probe(Watts(100));
    cheaper.energy = cheaper.energy * (1 - saved);
    cheaper.time = cheaper.time * (1 - saved);
    return search(job, objective_of(std::make_shared<Energy>()), {job.probe(Watts(250)), cheaper})
        .chosen();
  };
  EXPECT_EQ(chosen(0.03), 100);
  EXPECT_EQ(chosen(0.01), 250);
}

// What is spent between epochs hides that limits do not act, and how the job draws.
TEST(AdaptiveStrategy, energy_between_short_epochs_changes_no_choice) {
  for (const int gpus : {1, 8}) {
    const SearchObjective energy = objective_of(std::make_shared<Energy>());
    const Job job{.gpus = gpus, .between = 560};
    const Search found = search(job, energy);
    EXPECT_LE(job.energy(found.chosen()), 1.01 * least_energy(job, 100, 250));
    EXPECT_LE(found.history.size(), 6U);
    const Search flat = search({.draw = 60, .gpus = gpus, .between = 150}, energy);
    EXPECT_EQ(flat.history.size(), 2U);
    const SearchObjective bound = objective_of(std::make_shared<MaxSlowdownConstraint>(1.1));
    EXPECT_NEAR(search(job, bound).chosen(), search({.gpus = gpus}, bound).chosen(), 10);
  }
}

// A gap's power that scatters leaves little to know of the steps'.
TEST(AdaptiveStrategy, a_gain_within_its_uncertainty_keeps_the_highest_limit) {
  const Job job{.steepness = 4, .between = 5000};
  History history;
  for (const double limit : {250.0, 200.0, 175.0, 150.0})
    history.push_back(job.probe(Watts(limit)));
  for (ProbeResult& it : history) it.energy_error = 0.03 * it.energy;
  const AdaptiveStrategy strategy(1, {.most_probes = 0});
  const SearchDecision decision = strategy.next(history, objective_of(std::make_shared<Energy>()));
  EXPECT_EQ(setting_of(decision).power_limit, Watts(250));
  EXPECT_THAT(std::get<Choose>(decision).reason, HasSubstr("not enough signal: keeping"));
}

// Power that is known to 10 % only says nothing of whether limits act.
TEST(AdaptiveStrategy, a_job_is_not_flat_because_its_energy_is_badly_known) {
  const Job job{.draw = 110};
  History history{job.probe(Watts(250)), job.probe(Watts(100))};
  for (ProbeResult& it : history) it.energy_error = 0.1 * it.energy;
  const Search found = search(job, objective_of(std::make_shared<Energy>()), history);
  EXPECT_THAT(found.choice.reason, Not(HasSubstr("no power limit changes")));
}

TEST(AdaptiveStrategy, no_limit_is_chosen_for_less_than_the_noise) {
  // Every limit that acts costs more: what seems to gain is noise.
  const Job job{.draw = 245, .steepness = 6, .noise = 0.03};
  const Search found = search(job, objective_of(std::make_shared<Time>()));
  EXPECT_GE(found.chosen(), 235);
}

class ThriftyButQuick final : public OptimumSelector {
  Watts do_select(std::span<const PowerLimitMeasurement> points) const override {
    Watts best = points.front().power_limit;
    double least = INFINITY;
    for (const PowerLimitMeasurement& it : points) {
      const double value = it.energy.value() * it.time.value() * it.time.value();
      if (value < least) {
        least = value;
        best = it.power_limit;
      }
    }
    return best;
  }
};

TEST(AdaptiveStrategy, a_users_selector_chooses_among_all_limits) {
  const Job job;
  const Search found = search(job, objective_of(std::make_shared<ThriftyButQuick>()));
  const auto value = [&](double limit) { return job.energy(limit) * std::pow(job.time(limit), 2); };
  double best = INFINITY;
  for (double limit = 100; limit <= 250; ++limit) best = std::min(best, value(limit));
  EXPECT_LE(value(found.chosen()), 1.02 * best);
  EXPECT_LE(found.history.size(), 7U);
}

TEST(AdaptiveStrategy, probes_without_errors_are_taken_with_care) {
  const Search found =
      search({.noise = 0.005, .says_errors = false}, objective_of(std::make_shared<Energy>()));
  EXPECT_LE(Job().energy(found.chosen()), 1.02 * least_energy(Job(), 100, 250));
}

TEST(AdaptiveStrategy, goes_on_from_a_sweeps_points) {
  const Job job;
  History sweep;
  for (const double limit : {250.0, 225.0, 200.0, 175.0, 150.0, 125.0, 100.0}) {
    sweep.push_back(job.probe(Watts(limit)));
  }
  const Search found = search(job, objective_of(std::make_shared<Energy>()), sweep);
  EXPECT_LE(found.history.size(), sweep.size() + 2);
  EXPECT_LE(job.energy(found.chosen()), 1.005 * least_energy(job, 100, 250));
}

// As with a finished profile.
TEST(AdaptiveStrategy, may_have_to_choose_without_another_probe) {
  const Job job;
  const AdaptiveStrategy strategy(1, {.most_probes = 0});
  const std::vector<std::shared_ptr<const OptimumSelector>> selectors{
      std::make_shared<Energy>(), std::make_shared<MaxSlowdownConstraint>(1.1),
      std::make_shared<LeastEnergyWithinSlowdown>(1.1), std::make_shared<ThriftyButQuick>()};
  for (const auto& selector : selectors) {
    for (const std::vector<double>& limits : std::vector<std::vector<double>>{
             {250}, {100}, {175, 125}, {250, 225, 200, 175, 150, 125, 100}}) {
      History history;
      for (const double limit : limits) history.push_back(job.probe(Watts(limit)));
      EXPECT_TRUE(std::holds_alternative<Choose>(strategy.next(history, objective_of(selector))));
    }
  }
}

TEST(AdaptiveStrategy, a_lower_ceiling_is_probed_and_limits_above_only_inform) {
  const Job job;
  const History history = search(job, objective_of(std::make_shared<Energy>())).history;
  const SearchObjective lower = objective_of(std::make_shared<Energy>(), 100, 200);
  const AdaptiveStrategy strategy(1);
  EXPECT_EQ(strategy.next(history, lower), SearchDecision(ProbeNext{{.power_limit = Watts(200)}}));
  const Search found = search(job, lower, history);
  EXPECT_LE(found.chosen(), 200);
  EXPECT_LE(found.history.size(), history.size() + 2);
}

TEST(AdaptiveStrategy, a_range_of_one_limit_is_no_trouble) {
  const Search found = search({}, objective_of(std::make_shared<Energy>(), 250, 250));
  EXPECT_EQ(found.chosen(), 250);
  EXPECT_EQ(found.history.size(), 1U);
}

TEST(AdaptiveStrategy, figures_that_cannot_be_are_left_out) {
  ProbeResult wrong = Job().probe(Watts(150));
  wrong.energy = Joules(0);
  ProbeResult clocked = Job().probe(Watts(250));
  clocked.setting.locked_clock = MegaHertz(1200);
  const AdaptiveStrategy strategy(1);
  EXPECT_EQ(strategy.next(History{wrong, clocked}, objective_of(std::make_shared<Energy>())),
            SearchDecision(ProbeNext{{.power_limit = Watts(250)}}));
}

TEST(AdaptiveStrategy, says_why_in_one_line_and_how_sure_it_is) {
  const Search found = search({}, objective_of(std::make_shared<Energy>()));
  EXPECT_THAT(found.choice.reason, HasSubstr("+-"));
  EXPECT_THAT(found.choice.reason, HasSubstr("against 250 W: energy -"));
  EXPECT_EQ(found.choice.reason.find('\n'), std::string::npos);
}

TEST(AdaptiveStrategy, a_sweep_chooses_among_its_points) {
  const Search found = search({}, objective_of(std::make_shared<Energy>()));
  const SearchDecision decision =
      SweepStrategy({}).next(found.history, objective_of(std::make_shared<Energy>()));
  EXPECT_NEAR(setting_of(decision).power_limit.value(), found.chosen(), 10);
}

// Whatever the figures are: it ends, within the range, and asks for no limit endlessly.
RC_GTEST_PROP(AdaptiveStrategy, ends_within_its_range_whatever_is_measured, (unsigned seed)) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> any(0.1, 10);
  std::vector<std::shared_ptr<const OptimumSelector>> selectors{
      std::make_shared<Energy>(),
      std::make_shared<ZeusCost>(0.5),
      std::make_shared<Time>(),
      std::make_shared<MaxSlowdownConstraint>(1.1),
      std::make_shared<LeastEnergyWithinSlowdown>(1.2),
      std::make_shared<ThriftyButQuick>()};
  const SearchObjective objective = objective_of(selectors[seed % selectors.size()]);
  const AdaptiveStrategy strategy(1);
  History history;
  while (true) {
    const SearchDecision decision = strategy.next(history, objective);  // throws out of range
    RC_ASSERT(decision == strategy.next(history, objective));
    if (std::holds_alternative<Choose>(decision)) break;
    history.push_back({.setting = setting_of(decision),
                       .energy = Joules(100 * any(random)),
                       .time = Seconds(any(random)),
                       .steps = 40});
    RC_ASSERT(history.size() <= 20U);
  }
}

TEST(EnergyBetween, is_what_steps_within_their_limit_cannot_have_drawn) {
  const auto result = [](double limit, double seconds, double joules) {
    return ProbeResult{.setting = {.power_limit = Watts(limit)},
                       .energy = Joules(joules),
                       .time = Seconds(seconds),
                       .steps = 40};
  };
  const KnobPrior prior;
  const History usual{result(250, 1, 225), result(100, 2, 202)};
  EXPECT_EQ(energy_between(usual, 1, prior), Joules(0));
  const History gaps{result(250, 1, 225 + 500), result(100, 2, 200 + 500)};
  EXPECT_DOUBLE_EQ(energy_between(gaps, 1, prior).value(), 700 - 1.05 * 100 * 2);
  EXPECT_DOUBLE_EQ(energy_between(gaps, 2, prior).value(), 700 - 1.05 * 100 * 2 * 2);
  const BelievedLimits known = believe(gaps, {Watts(100), Watts(250)}, 1, prior);
  EXPECT_NEAR(known.draw.value(), 725 - 490, 1e-9);
}

TEST(Grid, is_fine_enough_and_ends_at_both_ends) {
  EXPECT_EQ(grid_of({Watts(100), Watts(250)}).size(), 31U);
  EXPECT_EQ(grid_of({Watts(200), Watts(700)}).size(), 51U);
  const std::vector<Watts> narrow = grid_of({Watts(105.5), Watts(125)});
  EXPECT_EQ(narrow.front(), Watts(125));
  EXPECT_EQ(narrow.back(), Watts(105.5));
  EXPECT_GE(narrow.size(), 20U);
  EXPECT_EQ(grid_of({Watts(100), Watts(100)}).size(), 1U);
}

}  // namespace
}  // namespace zeus::testing
