// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/search_regret/true_curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>

namespace zeus::search_regret {
namespace {

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

// The nearest logarithms that never fall, or never rise: neighbours that are out of order share
// their mean.
template <class InOrder>
void make_monotone(std::vector<double>& values, InOrder in_order) {
  struct Block {
    double sum = 0.0;
    std::size_t size = 0;
    [[nodiscard]] double mean() const { return sum / static_cast<double>(size); }
  };
  std::vector<Block> blocks;
  for (const double value : values) {
    Block block{.sum = std::log(value), .size = 1};
    while (!blocks.empty() && !in_order(blocks.back().mean(), block.mean())) {
      block.sum += blocks.back().sum;
      block.size += blocks.back().size;
      blocks.pop_back();
    }
    blocks.push_back(block);
  }
  auto value = values.begin();
  for (const Block& block : blocks) {
    value = std::fill_n(value, block.size, std::exp(block.mean()));
  }
}

void read_table(const std::filesystem::path& file, const std::string& card, std::size_t limits,
                std::vector<TrueCurve>& curves) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  std::map<std::string, std::vector<CurvePoint>> jobs;
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
    if (points.size() == limits) curves.push_back(curve_through(card, job, std::move(points)));
  }
}

}  // namespace

double TrueCurve::at(const std::vector<double>& values, double limit) const {
  const double place = std::clamp(limit, floor, ceiling) - floor;
  const auto i = std::min(static_cast<std::size_t>(place), values.size() - 2);
  const double share = place - static_cast<double>(i);
  return values[i] + share * (values[i + 1] - values[i]);
}

TrueCurve curve_through(std::string card, std::string job, std::vector<CurvePoint> points) {
  std::ranges::sort(points, {}, &CurvePoint::limit);
  TrueCurve curve{.card = std::move(card),
                  .job = std::move(job),
                  .floor = points.front().limit,
                  .ceiling = points.back().limit,
                  .times = {},
                  .powers = {}};
  std::vector<double> limits;
  std::vector<double> times;
  std::vector<double> powers;
  for (const CurvePoint& point : points) {
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

std::vector<TrueCurve> measured_curves(const std::filesystem::path& folder) {
  std::vector<TrueCurve> curves;
  read_table(folder / "summary_power_v100.csv", "V100", 7, curves);
  read_table(folder / "summary_power_rtx6000.csv", "RTX6000", 8, curves);
  return curves;
}

TrueCurve smoothed(TrueCurve curve) {
  make_monotone(curve.times, std::greater_equal());
  make_monotone(curve.powers, std::less_equal());
  const double ceiling = curve.times.back();
  for (double& time : curve.times) time /= ceiling;
  return curve;
}

}  // namespace zeus::search_regret
