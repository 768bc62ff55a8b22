// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "benchmarks/search_regret/true_curve.h"

namespace zeus::search_regret {
namespace {

struct Card {
  double floor = 0.0;    // W, the lowest limit
  double ceiling = 0.0;  // W, the highest limit
  double static_power = 0.0;
  double idle_power = 0.0;
  double least_voltage = 0.0;
  double voltage_slope = 0.0;  // by the clock
  double over_limit = 0.0;     // so many times its limit it may draw
  double least_clock = 0.0;
};

struct Workload {
  const char* name = "";
  double dynamic_power = 0.0;  // W, at the highest clock
  double clock_bound = 0.0;    // share of the busy time
  double idle_share = 0.0;     // of a step at the highest clock
};

CurvePoint modelled(const Card& card, const Workload& job, double limit) {
  const auto busy_power = [&](double clock) {
    const double voltage = std::max(card.least_voltage, 1 - card.voltage_slope * (1 - clock));
    return card.static_power + job.dynamic_power * clock * voltage * voltage;
  };
  double clock = 1.0;
  while (clock > card.least_clock && busy_power(clock) > card.over_limit * limit) clock -= 0.0005;
  const double x = job.clock_bound;
  const double y = job.idle_share;
  const double time = x * (1 - y) / clock + (1 - x) * (1 - y) + y;
  const double power = (busy_power(clock) * (time - y) + card.idle_power * y) / time;
  return {.limit = limit, .time = time, .power = power};
}

// A GPU of which nothing is published: leakage, voltage and idle draw are guesses in between those
// of the cards that were measured, scaled to its limits.
constexpr Card kCard700{.floor = 200,
                        .ceiling = 700,
                        .static_power = 110,
                        .idle_power = 80,
                        .least_voltage = 0.75,
                        .voltage_slope = 1.0,
                        .over_limit = 1.02,
                        .least_clock = 0.15};

class RandomCurves {
 public:
  TrueCurve next(bool has_noise) {
    const Card card = random_card();
    const Workload job = random_job(card);
    const int points = has_noise ? 7 + static_cast<int>(between(0, 6)) : 21;
    const double time_noise = has_noise ? 0.015 : 0;
    const double power_noise = has_noise ? 0.006 : 0;
    std::vector<CurvePoint> curve;
    for (int i = 0; i < points; ++i) {
      const double limit = card.floor + (card.ceiling - card.floor) * i / (points - 1);
      CurvePoint point = modelled(card, job, limit);
      point.time *= std::exp(time_noise * normal_(random_));
      point.power *= std::exp(power_noise * normal_(random_));
      curve.push_back(point);
    }
    return curve_through(has_noise ? "random, few points" : "random",
                         fmt::format("{:g} to {:g} W", card.floor, card.ceiling), std::move(curve));
  }

 private:
  double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }

  Card random_card() {
    constexpr std::array<std::pair<double, double>, 10> kRanges{{{100, 400},
                                                                 {150, 350},
                                                                 {200, 700},
                                                                 {60, 160},
                                                                 {40, 72},
                                                                 {120, 300},
                                                                 {100, 300},
                                                                 {200, 500},
                                                                 {200, 1000},
                                                                 {125, 250}}};
    const auto [floor, ceiling] = kRanges.at(static_cast<std::size_t>(between(0, kRanges.size())));
    Card card{.floor = floor, .ceiling = ceiling, .least_clock = 0.05};
    card.static_power = between(0.2, 0.7) * floor;
    card.idle_power = between(0.5, 1) * card.static_power;
    card.least_voltage = between(0.6, 0.9);
    card.voltage_slope = between(0.5, 1.3);
    card.over_limit = between(0.93, 1.03);
    return card;
  }

  Workload random_job(const Card& card) {
    const bool is_small = between(0, 1) < 0.1;
    const double busy = is_small ? between(0.7, 1) * card.floor : between(0.35, 1.4) * card.ceiling;
    const bool is_dense = between(0, 1) < 0.5;
    return {.dynamic_power = std::max(busy - card.static_power, 0.05 * card.floor),
            .clock_bound = between(0.2, 1),
            .idle_share = is_dense ? between(0, 0.15) : between(0.15, 0.5)};
  }

  std::mt19937_64 random_{1};
  std::normal_distribution<double> normal_;
};

}  // namespace

std::vector<TrueCurve> modelled_curves() {
  constexpr std::array kJobs{Workload{"convolutions", 620, 0.80, 0.15},
                             Workload{"matrices", 700, 0.85, 0.10},
                             Workload{"memory", 450, 0.65, 0.30}, Workload{"flat", 8, 0.60, 0.50}};
  std::vector<TrueCurve> curves;
  for (const Workload& job : kJobs) {
    std::vector<CurvePoint> points;
    for (int above = 0; kCard700.floor + above <= kCard700.ceiling; above += 25) {
      points.push_back(modelled(kCard700, job, kCard700.floor + above));
    }
    curves.push_back(curve_through("model 700 W", job.name, std::move(points)));
  }
  return curves;
}

std::vector<TrueCurve> random_curves(int count) {
  RandomCurves random;
  std::vector<TrueCurve> curves;
  curves.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) curves.push_back(random.next(i % 2 == 1));
  return curves;
}

}  // namespace zeus::search_regret
