// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The whole loop on curves that were measured on real GPUs: driver, monitor, optimizer. What it
// ends at is compared with what follows from the curve by a calculation of this file's own.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "tests/measured_tables.h"
#include "tests/paths.h"
#include "zeus/machine.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"
#include "zeus/optimizer/selectors.h"

namespace {

namespace fs = std::filesystem;

struct Point {
  double limit;
  double time;
  double power;
  double energy;
};

struct Curve {
  std::string dataset, network, batch_size, optimizer;
  std::vector<Point> points;  // lowest limit first
};

std::vector<Curve> complete_curves(const fs::path& file, std::size_t complete) {
  std::map<std::array<std::string, 4>, Curve> curves;
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);  // the header
  while (std::getline(stream, line)) {
    std::istringstream row(line);
    Curve curve;
    std::string limit, time, power;
    std::getline(row, curve.dataset, ',');
    std::getline(row, curve.network, ',');
    std::getline(row, curve.batch_size, ',');
    std::getline(row, curve.optimizer, ',');
    std::getline(row, limit, ',');
    std::getline(row, time, ',');
    std::getline(row, power, ',');
    const std::array key{curve.dataset, curve.network, curve.batch_size, curve.optimizer};
    auto& points = curves.try_emplace(key, curve).first->second.points;
    points.push_back({std::stod(limit), std::stod(time), std::stod(power), 0});
  }
  std::vector<Curve> whole;
  for (auto& [key, curve] : curves) {
    if (curve.points.size() != complete) continue;
    std::sort(curve.points.begin(), curve.points.end(),
              [](const Point& a, const Point& b) { return a.limit < b.limit; });
    whole.push_back(curve);
  }
  return whole;
}

// Time and power of one epoch at a limit, linear between the curve's points.
Point at(const Curve& curve, double limit) {
  std::size_t i = 1;
  while (i + 1 < curve.points.size() && curve.points[i].limit < limit) ++i;
  const Point& low = curve.points[i - 1];
  const Point& high = curve.points[i];
  const double share = (limit - low.limit) / (high.limit - low.limit);
  const double time = low.time + share * (high.time - low.time);
  const double power = low.power + share * (high.power - low.power);
  return {limit, time, power, time * power};
}

// The points that a sweep by 25 W visits, highest first.
std::vector<Point> probed(const Curve& curve) {
  std::vector<Point> points;
  const double lowest = curve.points.front().limit;
  for (double limit = curve.points.back().limit; limit > lowest; limit -= 25) {
    points.push_back(at(curve, limit));
  }
  points.push_back(at(curve, lowest));
  return points;
}

constexpr double kFactor = 1.1;

struct Selection {
  const char* name;
  std::shared_ptr<const zeus::OptimumSelector> selector;
  double (*expected)(const std::vector<Point>&);
};

double expect_energy(const std::vector<Point>& points) {
  Point best = points.front();
  for (const Point& p : points) {
    if (p.energy < best.energy) best = p;
  }
  return best.limit;
}

double expect_time(const std::vector<Point>& points) {
  Point best = points.front();
  for (const Point& p : points) {
    if (p.time < best.time) best = p;
  }
  return best.limit;
}

double expect_cost(const std::vector<Point>& points) {
  const double max_power = points.front().limit;
  const auto cost = [&](const Point& p) { return 0.5 * p.energy + 0.5 * max_power * p.time; };
  Point best = points.front();
  for (const Point& p : points) {
    if (cost(p) < cost(best)) best = p;
  }
  return best.limit;
}

double expect_slowdown(const std::vector<Point>& points) {
  double lowest = points.front().limit;
  for (const Point& p : points) {
    if (p.time <= kFactor * points.front().time) lowest = std::min(lowest, p.limit);
  }
  return lowest;
}

double expect_frugal(const std::vector<Point>& points) {
  Point best = points.front();
  for (const Point& p : points) {
    if (p.time <= kFactor * points.front().time && p.energy < best.energy) best = p;
  }
  return best.limit;
}

std::vector<Selection> selections() {
  return {{"Energy", std::make_shared<zeus::Energy>(), expect_energy},
          {"Time", std::make_shared<zeus::Time>(), expect_time},
          {"ZeusCost", std::make_shared<zeus::ZeusCost>(0.5), expect_cost},
          {"MaxSlowdownConstraint", std::make_shared<zeus::MaxSlowdownConstraint>(kFactor),
           expect_slowdown},
          {"LeastEnergyWithinSlowdown", std::make_shared<zeus::LeastEnergyWithinSlowdown>(kFactor),
           expect_frugal}};
}

// Trains on the replayed curve until the optimizer is done; the limit that the driver then has.
double trained_limit(const Curve& curve, const fs::path& file, const std::string& model,
                     const Selection& selection) {
  simulator::SimulatedMachineOptions options;
  options.model = model;
  options.csv = file;
  options.dataset = curve.dataset;
  options.network = curve.network;
  options.batch_size = curve.batch_size;
  options.optimizer = curve.optimizer;
  const simulator::SimulatedMachine simulated(options);
  const zeus::Machine machine;
  zeus::ZeusMonitorOptions monitor_options;
  monitor_options.clock = std::make_shared<simulator::SimulatorClock>();
  zeus::ZeusMonitor monitor(machine.gpus(), monitor_options);
  zeus::GlobalPowerLimitOptimizerOptions optimizer_options;
  optimizer_options.optimum_selector = selection.selector;
  optimizer_options.warmup_steps = 1;
  optimizer_options.profile_steps = 3;
  zeus::GlobalPowerLimitOptimizer optimizer(monitor, optimizer_options);
  for (int step = 0; step < 60; ++step) {
    optimizer.on_step_begin();
    simulator::step(0);
    optimizer.on_step_end();
  }
  EXPECT_TRUE(std::holds_alternative<zeus::Done>(optimizer.state()));
  return machine.gpus().front().gpu->power_limit().value();
}

void check_table(const char* name, const std::string& model, std::size_t limits,
                 std::size_t expected_curves) {
  const fs::path file = measured_table(name);
  const std::string missing = missing_measured_table(name);
  if (!missing.empty()) GTEST_SKIP() << missing;
  simulator::load(ZEUS_SIMULATOR_DIR);
  const std::vector<Curve> curves = complete_curves(file, limits);
  ASSERT_EQ(curves.size(), expected_curves);
  int checked = 0;
  for (const Curve& curve : curves) {
    const std::vector<Point> points = probed(curve);
    for (const Selection& selection : selections()) {
      const double limit = trained_limit(curve, file, model, selection);
      EXPECT_DOUBLE_EQ(limit, selection.expected(points))
          << selection.name << " on " << curve.dataset << " " << curve.network << " "
          << curve.batch_size << " " << curve.optimizer;
      ++checked;
    }
  }
  std::cout << curves.size() << " measured curves of " << model << ", " << checked
            << " selections compared\n";
}

TEST(MeasuredCurves, of_the_v100_end_where_each_selector_says) {
  check_table("summary_power_v100.csv", "V100", 7, 68);
}

TEST(MeasuredCurves, of_the_rtx6000_end_where_each_selector_says) {
  check_table("summary_power_rtx6000.csv", "RTX6000", 8, 51);
}

}  // namespace
