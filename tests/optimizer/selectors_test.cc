// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/selectors.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <vector>

#include "zeus/error.h"

namespace zeus {
namespace {

std::vector<PowerLimitMeasurement> points(
    std::initializer_list<std::tuple<double, double, double>> rows) {
  std::vector<PowerLimitMeasurement> result;
  for (const auto& [limit, energy, time] : rows) {
    result.push_back({Watts(limit), Joules(energy), Seconds(time)});
  }
  return result;
}

// limit W, energy J, time s
const auto kCurve = points({{250, 1000, 5.0}, {200, 800, 5.2}, {150, 700, 6.0}, {100, 750, 9.0}});

TEST(Selectors, energy_takes_the_least_energy) { EXPECT_EQ(Energy().select(kCurve), Watts(150)); }

TEST(Selectors, time_takes_the_least_time) { EXPECT_EQ(Time().select(kCurve), Watts(250)); }

TEST(Selectors, zeus_cost_weighs_energy_against_time_at_the_highest_measured_power) {
  // Costs at eta 0.5: 1125, 1050, 1100, 1500.
  EXPECT_EQ(ZeusCost(0.5).select(kCurve), Watts(200));
  EXPECT_EQ(ZeusCost(1.0).select(kCurve), Watts(150));
  EXPECT_EQ(ZeusCost(0.0).select(kCurve), Watts(250));
}

TEST(Selectors, zeus_cost_counts_time_once_a_gpu) {
  // With four GPUs the time part is 0.5 * 250 * 4 * t: 3000, 3000 - tie broken by the first.
  const auto tie = points({{250, 1000, 5.0}, {200, 800, 5.2}});
  EXPECT_EQ(ZeusCost(0.5, 4).select(tie), Watts(250));
  EXPECT_EQ(ZeusCost(0.5, 1).select(tie), Watts(200));
}

TEST(Selectors, zeus_cost_is_the_papers_formula) {
  EXPECT_DOUBLE_EQ(zeus_cost(Joules(1000), Seconds(5), 0.25, Watts(200)).value(), 1000.0);
}

TEST(Selectors, max_slowdown_takes_the_lowest_limit_within_the_factor) {
  EXPECT_EQ(MaxSlowdownConstraint(1.0).select(kCurve), Watts(250));
  EXPECT_EQ(MaxSlowdownConstraint(1.04).select(kCurve), Watts(200));  // exactly 5.2 / 5.0
  EXPECT_EQ(MaxSlowdownConstraint(1.2).select(kCurve), Watts(150));
  EXPECT_EQ(MaxSlowdownConstraint(2.0).select(kCurve), Watts(100));
}

TEST(Selectors, max_slowdown_compares_with_the_highest_limit_wherever_it_stands) {
  const auto shuffled = points({{150, 700, 6.0}, {250, 1000, 5.0}, {200, 800, 4.0}});
  EXPECT_EQ(MaxSlowdownConstraint(1.1).select(shuffled), Watts(200));
}

TEST(Selectors, least_energy_within_slowdown_does_not_pay_twice) {
  EXPECT_EQ(LeastEnergyWithinSlowdown(2.0).select(kCurve), Watts(150));
  EXPECT_EQ(LeastEnergyWithinSlowdown(1.1).select(kCurve), Watts(200));
  EXPECT_EQ(LeastEnergyWithinSlowdown(1.0).select(kCurve), Watts(250));
}

TEST(Selectors, the_first_of_equals_wins) {
  const auto flat = points({{250, 700, 5}, {200, 700, 5}, {150, 700, 5}});
  EXPECT_EQ(Energy().select(flat), Watts(250));
  EXPECT_EQ(Time().select(flat), Watts(250));
  EXPECT_EQ(ZeusCost(0.5).select(flat), Watts(250));
  EXPECT_EQ(LeastEnergyWithinSlowdown(1.5).select(flat), Watts(250));
  EXPECT_EQ(MaxSlowdownConstraint(1.5).select(flat), Watts(150));  // lowest by its definition
}

TEST(Selectors, nothing_to_select_from_is_an_error) {
  const std::vector<std::shared_ptr<OptimumSelector>> all = {
      std::make_shared<Energy>(), std::make_shared<Time>(), std::make_shared<ZeusCost>(0.5),
      std::make_shared<MaxSlowdownConstraint>(1.1),
      std::make_shared<LeastEnergyWithinSlowdown>(1.1)};
  for (const auto& selector : all) {
    EXPECT_THROW(static_cast<void>(selector->select({})), ZeusValueError);
  }
}

template <class Make>
std::string message_of(Make make) {
  try {
    make();
  } catch (const ZeusValueError& error) {
    return error.what();
  }
  return "no ZeusValueError";
}

TEST(Selectors, parameters_out_of_range_are_named) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double eta : {-0.001, 1.001, nan, infinity}) {
    EXPECT_EQ(message_of([&] { ZeusCost{eta}; }).rfind("eta_knob must be between 0 and 1", 0), 0U);
  }
  for (const int world_size : {0, -1}) {
    EXPECT_EQ(message_of([&] { ZeusCost(0.5, world_size); }).rfind("world_size must be", 0), 0U);
  }
  for (const double factor : {0.999, 0.0, -1.0, nan, infinity}) {
    EXPECT_EQ(message_of([&] { MaxSlowdownConstraint{factor}; }).rfind("factor must be", 0), 0U);
    EXPECT_EQ(message_of([&] { LeastEnergyWithinSlowdown{factor}; }).rfind("factor must be", 0),
              0U);
  }
}

class Median final : public OptimumSelector {
  Watts do_select(std::span<const PowerLimitMeasurement> measurements) const override {
    return measurements[measurements.size() / 2].power_limit;
  }
};

TEST(Selectors, a_users_own_is_one_small_class) { EXPECT_EQ(Median().select(kCurve), Watts(150)); }

}  // namespace
}  // namespace zeus
