// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/search_gain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace zeus {
namespace {

// 40 steps of 0.5 s; probes know time and energy to 0.5 %.
ProbeResult probe(double limit, double energy, double time) {
  return {.setting = {.power_limit = Watts(limit)},
          .energy = Joules(energy),
          .time = Seconds(time),
          .energy_error = Joules(0.005 * energy),
          .time_error = Seconds(0.005 * time),
          .steps = 40};
}

const PowerLimitRange kAll{Watts(100), Watts(250)};

GainTerms terms(Watts host_power = Watts(0)) {
  return {.allowed = kAll, .profile_steps = 40, .warmup_steps = 10, .host_power = host_power};
}

TEST(SearchGain, is_the_choice_against_the_highest_limit) {
  const std::vector<ProbeResult> history{probe(250, 5000, 20), probe(200, 4500, 20.5),
                                         probe(150, 4000, 22)};
  const auto gain = gain_of(history, {.power_limit = Watts(150)}, terms());
  ASSERT_TRUE(gain);
  EXPECT_EQ(gain->reference.power_limit, Watts(250));
  EXPECT_NEAR(gain->energy.share, -0.2, 1e-9);
  EXPECT_NEAR(gain->time.share, 0.1, 1e-9);
  // Two probes, each with an error of its own and 1 % between them.
  EXPECT_NEAR(gain->time.error, 1.1 * std::sqrt(2 * (0.005 * 0.005 + 0.01 * 0.01)), 1e-4);
  EXPECT_NEAR(gain->energy.error, 0.8 * std::sqrt(2 * (0.005 * 0.005 + 0.01 * 0.01)), 1e-4);
}

TEST(SearchGain, lower_limits_may_pay_for_profiling_at_once) {
  const std::vector<ProbeResult> history{probe(250, 5000, 20), probe(150, 4000, 22)};
  const auto gain = gain_of(history, {.power_limit = Watts(150)}, terms());
  ASSERT_TRUE(gain);
  EXPECT_EQ(gain->profiling_steps, 100) << "those of warming up, too";
  EXPECT_NEAR(gain->profiling_energy.value(), -1000 * 50.0 / 40, 1e-6);
  EXPECT_NEAR(gain->profiling_time.value(), 2 * 50.0 / 40, 1e-9);
  EXPECT_EQ(gain->payback_steps, 0.0);
  EXPECT_EQ(describe(*gain),
            "Expected against 250 W: 20.0 % less energy (+-1.3 %), 10.0 % more time (+-1.7 %). "
            "Profiling took 100 steps, 1250 J less and 2.5 s more than at 250 W: it has paid for "
            "itself.");
}

TEST(SearchGain, a_limit_that_costs_more_is_paid_back_by_the_choice) {
  const std::vector<ProbeResult> history{probe(250, 5000, 20), probe(200, 4800, 20.5),
                                         probe(100, 6000, 40)};
  const auto gain = gain_of(history, {.power_limit = Watts(200)}, terms());
  ASSERT_TRUE(gain);
  EXPECT_NEAR(gain->profiling_energy.value(), 800 * 50.0 / 40, 1e-6);
  ASSERT_TRUE(gain->payback_steps);
  EXPECT_NEAR(*gain->payback_steps, 1000 / 5.0, 1e-6) << "5 J a step are saved";
  EXPECT_NE(describe(*gain).find(": paid back after 200 steps."), std::string::npos)
      << describe(*gain);
}

TEST(SearchGain, nothing_is_paid_back_where_nothing_is_saved) {
  const std::vector<ProbeResult> history{probe(250, 5000, 20), probe(200, 5100, 20.5)};
  const auto gain = gain_of(history, {.power_limit = Watts(250)}, terms());
  ASSERT_TRUE(gain);
  EXPECT_EQ(gain->energy.share, 0.0);
  EXPECT_EQ(gain->energy.error, 0.0);
  EXPECT_FALSE(gain->payback_steps);
  EXPECT_EQ(describe(*gain), "Profiling took 100 steps, 125 J more and 0.6 s more than at 250 W.");
}

TEST(SearchGain, slower_steps_cost_the_hosts_energy_too) {
  const std::vector<ProbeResult> history{probe(250, 5000, 20), probe(150, 4000, 22)};
  const auto gain = gain_of(history, {.power_limit = Watts(150)}, terms(Watts(100)));
  ASSERT_TRUE(gain);
  EXPECT_NEAR(gain->energy.share, (4000 + 2200) / (5000 + 2000.0) - 1, 1e-9);
  EXPECT_NE(describe(*gain).find("with the host's 100 W"), std::string::npos) << describe(*gain);
}

TEST(SearchGain, more_probes_of_a_limit_make_it_surer) {
  const std::vector<ProbeResult> once{probe(250, 5000, 20), probe(150, 4000, 22)};
  std::vector<ProbeResult> twice = once;
  twice.insert(twice.end(), once.begin(), once.end());
  const auto sure = gain_of(twice, {.power_limit = Watts(150)}, terms());
  const auto unsure = gain_of(once, {.power_limit = Watts(150)}, terms());
  ASSERT_TRUE(sure && unsure);
  EXPECT_LT(sure->energy.error, unsure->energy.error);
  EXPECT_LT(sure->time.error, unsure->time.error);
}

TEST(SearchGain, limits_that_are_not_allowed_are_no_reference) {
  const std::vector<ProbeResult> history{probe(250, 5000, 20), probe(200, 4500, 20.5),
                                         probe(150, 4000, 22)};
  GainTerms lower = terms();
  lower.allowed.max = Watts(200);
  const auto gain = gain_of(history, {.power_limit = Watts(150)}, lower);
  ASSERT_TRUE(gain);
  EXPECT_EQ(gain->reference.power_limit, Watts(200));
}

TEST(SearchGain, is_unknown_for_what_was_not_measured) {
  const std::vector<ProbeResult> history{probe(250, 5000, 20)};
  EXPECT_FALSE(gain_of(history, {.power_limit = Watts(150)}, terms()));
  EXPECT_FALSE(gain_of({}, {.power_limit = Watts(250)}, terms()));
}

// As a file may say.
TEST(SearchGain, senseless_numbers_of_steps_do_no_harm) {
  std::vector<ProbeResult> history{probe(250, 5000, 20), probe(150, 4000, 22)};
  for (ProbeResult& it : history) it.steps = std::numeric_limits<int>::max();
  GainTerms many = terms();
  many.warmup_steps = std::numeric_limits<int>::max();
  EXPECT_EQ(gain_of(history, {.power_limit = Watts(150)}, many)->profiling_steps,
            4 * static_cast<std::int64_t>(std::numeric_limits<int>::max()));
  many.warmup_steps = std::numeric_limits<int>::min();
  EXPECT_EQ(gain_of(history, {.power_limit = Watts(150)}, many)->profiling_steps,
            2 * static_cast<std::int64_t>(std::numeric_limits<int>::max()));
}

// A file of the Python package zeus: no errors, and no number of steps.
TEST(SearchGain, an_older_profile_has_the_scatter_between_probes) {
  const std::vector<ProbeResult> history{
      {.setting = {.power_limit = Watts(250)}, .energy = Joules(5000), .time = Seconds(20)},
      {.setting = {.power_limit = Watts(150)}, .energy = Joules(4000), .time = Seconds(22)}};
  const auto gain = gain_of(history, {.power_limit = Watts(150)}, terms());
  ASSERT_TRUE(gain);
  EXPECT_NEAR(gain->energy.error, 0.8 * std::sqrt(2) * 0.01, 1e-6);
  EXPECT_EQ(gain->profiling_steps, 100);
}

}  // namespace
}  // namespace zeus
