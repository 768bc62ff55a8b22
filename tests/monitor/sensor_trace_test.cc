// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/monitor/sensor_trace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

namespace zeus {
namespace {

constexpr double kCall = 0.0003;

SensorTrace readings(double time, double every, const std::function<double(double)>& value_at) {
  SensorTrace trace;
  for (double at = 0.0; at < time; at += every) {
    trace.push_back({.begin = Seconds(at), .end = Seconds(at + kCall), .value = value_at(at)});
  }
  return trace;
}

double tick_before(double time, double period) { return std::floor(time / period) * period; }

// A load of 100 W and 300 W in turns, each for 0.7 s.
double energy_of_steps(double time) {
  if (time <= 0) return 0;
  const double pairs = std::floor(time / 1.4);
  const double rest = time - pairs * 1.4;
  return pairs * 0.7 * 400 + std::min(rest, 0.7) * 100 + std::max(rest - 0.7, 0.0) * 300;
}

double mean_of_steps(double until, double averaging) {
  return (energy_of_steps(until) - energy_of_steps(until - averaging)) / averaging;
}

TEST(SensorTrace, finds_the_period_of_a_counter_to_a_reading) {
  const auto ticks =
      ticks_of(readings(10, 0.0013, [](double time) { return 250 * tick_before(time, 0.1); }));
  ASSERT_TRUE(ticks);
  EXPECT_NEAR(ticks->period.value(), 0.1, 0.0013);
  EXPECT_LT(ticks->jitter.value(), 0.0013);
  EXPECT_NEAR(ticks->least_step, 25, 1e-6);
  EXPECT_EQ(ticks->count, 99);
  EXPECT_TRUE(ticks->is_resolved);
}

TEST(SensorTrace, tells_the_jitter_of_a_counter) {
  std::mt19937 random(7);
  std::normal_distribution<double> noise(0, 0.005);
  std::vector<double> edges{0};
  while (edges.back() < 20) edges.push_back(edges.back() + 0.1 + noise(random));
  const auto ticks = ticks_of(readings(20, 0.001, [&](double time) {
    return static_cast<double>(std::ranges::upper_bound(edges, time) - edges.begin());
  }));
  ASSERT_TRUE(ticks);
  EXPECT_NEAR(ticks->period.value(), 0.1, 0.002);
  EXPECT_NEAR(ticks->jitter.value(), 0.005, 0.0015);
}

TEST(SensorTrace, says_where_readings_are_too_far_apart_to_see_the_period) {
  const auto ticks =
      ticks_of(readings(10, 0.05, [](double time) { return tick_before(time, 0.02); }));
  ASSERT_TRUE(ticks);
  EXPECT_FALSE(ticks->is_resolved);
}

TEST(SensorTrace, a_sensor_that_stands_still_has_no_period) {
  EXPECT_FALSE(ticks_of(readings(10, 0.01, [](double) { return 42.0; })));
  EXPECT_FALSE(ticks_of({}));
}

TEST(SensorTrace, what_calls_take) {
  SensorTrace trace = readings(1, 0.001, [](double) { return 0.0; });
  trace[500].end = trace[500].begin + Seconds(0.02);
  const auto calls = call_times(trace);
  ASSERT_TRUE(calls);
  EXPECT_NEAR(calls->median.value(), kCall, 1e-9);
  EXPECT_NEAR(calls->p99.value(), kCall, 1e-9);
  EXPECT_NEAR(calls->longest.value(), 0.02, 1e-9);
  EXPECT_FALSE(call_times({}));
}

struct Sensor {
  double averaging;
  double lag;
  double period;
};

class PowerSensor : public ::testing::TestWithParam<Sensor> {};

TEST_P(PowerSensor, is_found_to_average_and_to_be_late) {
  const Sensor sensor = GetParam();
  const SensorTrace counter =
      readings(20, 0.001, [](double time) { return energy_of_steps(tick_before(time, 0.1)); });
  const SensorTrace power = readings(20, 0.001, [&](double time) {
    return mean_of_steps(tick_before(time, sensor.period) - sensor.lag, sensor.averaging);
  });
  const auto fit = fit_power_sensor(counter, power);
  ASSERT_TRUE(fit);
  EXPECT_GT(fit->explained, 0.9);
  const double lag = sensor.lag + sensor.period / 2;  // a value stands for a period
  if (sensor.averaging > 0.1) {
    EXPECT_NEAR(fit->averaging.value(), sensor.averaging, 0.1);
    EXPECT_NEAR(fit->lag.value(), lag, 0.05);
  } else {  // the counter's tick hides it, but not how old the middle of the stretch is
    EXPECT_LE(fit->averaging.value(), 0.2);
    EXPECT_NEAR(fit->lag.value() + fit->averaging.value() / 2, lag + sensor.averaging / 2, 0.05);
  }
  const auto ratio = counter_over_power(counter, power);
  ASSERT_TRUE(ratio);
  EXPECT_NEAR(*ratio, 1, 0.04);
}

INSTANTIATE_TEST_SUITE_P(Kinds, PowerSensor,
                         ::testing::Values(Sensor{1.0, 0.0, 0.1}, Sensor{1.0, 0.1, 0.02},
                                           Sensor{0.5, 0.2, 0.05}, Sensor{0.025, 0.0, 0.025},
                                           Sensor{0.02, 0.2, 0.02}));

TEST(SensorTrace, steady_power_does_not_tell_what_its_sensor_averages_over) {
  std::mt19937 random(3);
  std::normal_distribution<double> noise(200, 2);
  const SensorTrace counter =
      readings(10, 0.001, [](double time) { return 200 * tick_before(time, 0.1); });
  const SensorTrace power = readings(10, 0.02, [&](double) { return noise(random); });
  EXPECT_FALSE(fit_power_sensor(counter, power));
}

TEST(SensorTrace, power_that_does_not_follow_the_counter_is_not_fitted) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> noise(100, 300);
  const SensorTrace counter =
      readings(10, 0.001, [](double time) { return energy_of_steps(tick_before(time, 0.1)); });
  const SensorTrace power = readings(10, 0.02, [&](double) { return noise(random); });
  EXPECT_FALSE(fit_power_sensor(counter, power));
}

TEST(SensorTrace, a_sensor_that_shows_too_little_is_told_from_the_counter) {
  const SensorTrace counter =
      readings(10, 0.001, [](double time) { return 200 * tick_before(time, 0.02); });
  const auto ratio = counter_over_power(counter, readings(10, 0.01, [](double) { return 160.0; }));
  ASSERT_TRUE(ratio);
  EXPECT_NEAR(*ratio, 1.25, 0.001);
  EXPECT_FALSE(counter_over_power({}, {}));
}

// Two plain readings at moments that know nothing of the ticks.
TEST(SensorTrace, the_shortest_window_is_right_as_often_as_it_says) {
  constexpr double kPeriod = 0.1;
  const ShortestWindow window = shortest_window(Seconds(kPeriod), 0.01);
  EXPECT_NEAR(window.sure.value(), 10, 1e-9);
  std::mt19937 random(11);
  std::uniform_real_distribution<double> begin(0, 10);
  std::uniform_real_distribution<double> odd(0, kPeriod);
  double squares = 0.0;
  constexpr int kWindows = 20'000;
  for (int i = 0; i < kWindows; ++i) {
    const double from = begin(random);
    const double time = window.typical.value() + odd(random);
    const double energy = tick_before(from + time, kPeriod) - tick_before(from, kPeriod);
    squares += (energy / time - 1) * (energy / time - 1);
  }
  EXPECT_NEAR(std::sqrt(squares / kWindows), 0.01, 0.0005);
}

}  // namespace
}  // namespace zeus
