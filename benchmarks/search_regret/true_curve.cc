// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/search_regret/true_curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace zeus::search_regret {
namespace {

struct Point {
  double limit = 0.0;
  double time = 0.0;
  double power = 0.0;
};

// Slopes that let a cubic through the points have no hump of its own.
std::vector<double> monotone_slopes(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t n = x.size();
  std::vector<double> secants(n - 1);
  for (std::size_t i = 0; i + 1 < n; ++i) secants[i] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
  std::vector<double> slopes(n);
  slopes.front() = secants.front();
  slopes.back() = secants.back();
  for (std::size_t i = 1; i + 1 < n; ++i) {
    const double left = secants[i - 1];
    const double right = secants[i];
    slopes[i] = left * right <= 0 ? 0.0 : 2 * left * right / (left + right);
  }
  return slopes;
}

// The values at from, from + 1, … to.
std::vector<double> interpolate(const std::vector<double>& x, const std::vector<double>& y,
                                double from, double to) {
  const std::vector<double> slopes = monotone_slopes(x, y);
  std::vector<double> values;
  std::size_t i = 0;
  for (int above = 0; from + above <= to; ++above) {
    const double at = from + above;
    while (i + 2 < x.size() && x[i + 1] < at) ++i;
    const double width = x[i + 1] - x[i];
    const double s = (at - x[i]) / width;
    const double left = (1 + 2 * s) * (1 - s) * (1 - s);
    const double right = s * s * (3 - 2 * s);
    values.push_back(left * y[i] + s * (1 - s) * (1 - s) * width * slopes[i] + right * y[i + 1] +
                     s * s * (s - 1) * width * slopes[i + 1]);
  }
  return values;
}

TrueCurve curve_of(std::string card, std::string job, std::vector<Point> points) {
  std::ranges::sort(points, {}, &Point::limit);
  TrueCurve curve{.card = std::move(card),
                  .job = std::move(job),
                  .floor = points.front().limit,
                  .ceiling = points.back().limit,
                  .times = {},
                  .powers = {}};
  std::vector<double> limits;
  std::vector<double> times;
  std::vector<double> powers;
  for (const Point& point : points) {
    limits.push_back(point.limit);
    times.push_back(std::log(point.time / points.back().time));
    powers.push_back(std::log(point.power));
  }
  curve.times = interpolate(limits, times, curve.floor, curve.ceiling);
  curve.powers = interpolate(limits, powers, curve.floor, curve.ceiling);
  for (double& time : curve.times) time = std::exp(time);
  for (double& power : curve.powers) power = std::exp(power);
  return curve;
}

void read_table(const std::filesystem::path& file, const std::string& card, std::size_t limits,
                std::vector<TrueCurve>& curves) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  std::map<std::string, std::vector<Point>> jobs;
  std::string line;
  std::getline(stream, line);  // the header
  while (std::getline(stream, line)) {
    std::istringstream row(line);
    std::array<std::string, 7> cells;
    for (std::string& cell : cells) std::getline(row, cell, ',');
    jobs[cells[0] + " " + cells[1] + " " + cells[2] + " " + cells[3]].push_back(
        {.limit = std::stod(cells[4]), .time = std::stod(cells[5]), .power = std::stod(cells[6])});
  }
  for (auto& [job, points] : jobs) {
    if (points.size() == limits) curves.push_back(curve_of(card, job, std::move(points)));
  }
}

// A GPU of which nothing is published: leakage, voltage and idle draw are guesses in between those
// of the cards that were measured, scaled to its limits.
namespace card_700 {
constexpr double kFloor = 200;
constexpr double kCeiling = 700;
constexpr double kStatic = 110;
constexpr double kIdle = 80;
constexpr double kLeastVoltage = 0.75;
constexpr double kVoltageSlope = 1.0;
constexpr double kOverLimit = 1.02;
constexpr double kLeastClock = 0.15;
}  // namespace card_700

struct Workload {
  const char* name;
  double dynamic_power;  // W, at the highest clock
  double clock_bound;    // share of the busy time
  double idle_share;     // of a step at the highest clock
};

Point modelled(const Workload& job, double limit) {
  const auto busy_power = [&job](double clock) {
    const double voltage =
        std::max(card_700::kLeastVoltage, 1 - card_700::kVoltageSlope * (1 - clock));
    return card_700::kStatic + job.dynamic_power * clock * voltage * voltage;
  };
  double clock = 1.0;
  while (clock > card_700::kLeastClock && busy_power(clock) > card_700::kOverLimit * limit) {
    clock -= 0.0005;
  }
  const double x = job.clock_bound;
  const double y = job.idle_share;
  const double time = x * (1 - y) / clock + (1 - x) * (1 - y) + y;
  const double power = (busy_power(clock) * (time - y) + card_700::kIdle * y) / time;
  return {.limit = limit, .time = time, .power = power};
}

}  // namespace

double TrueCurve::at(const std::vector<double>& values, double limit) const {
  const double place = std::clamp(limit, floor, ceiling) - floor;
  const auto i = std::min(static_cast<std::size_t>(place), values.size() - 2);
  const double share = place - static_cast<double>(i);
  return values[i] + share * (values[i + 1] - values[i]);
}

std::vector<TrueCurve> measured_curves(const std::filesystem::path& folder) {
  std::vector<TrueCurve> curves;
  read_table(folder / "summary_power_v100.csv", "V100", 7, curves);
  read_table(folder / "summary_power_rtx6000.csv", "RTX6000", 8, curves);
  return curves;
}

std::vector<TrueCurve> modelled_curves() {
  constexpr std::array kJobs{Workload{"convolutions", 620, 0.80, 0.15},
                             Workload{"matrices", 700, 0.85, 0.10},
                             Workload{"memory", 450, 0.65, 0.30}, Workload{"flat", 8, 0.60, 0.50}};
  std::vector<TrueCurve> curves;
  for (const Workload& job : kJobs) {
    std::vector<Point> points;
    for (int above = 0; card_700::kFloor + above <= card_700::kCeiling; above += 25) {
      points.push_back(modelled(job, card_700::kFloor + above));
    }
    curves.push_back(curve_of("model 700 W", job.name, std::move(points)));
  }
  return curves;
}

}  // namespace zeus::search_regret
