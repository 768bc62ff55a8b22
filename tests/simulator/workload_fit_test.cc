// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/model/workload_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "simulator/model/replay_csv.h"
#include "tests/measured_tables.h"

namespace simulator {
namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

ReplayWorkload curve_of(const GpuModel& gpu, const ParametricWorkload& job) {
  ReplayWorkload replay;
  for (double limit = gpu.limit_w.min; limit <= gpu.limit_w.max; limit += 25) {
    const OperatingPoint point = operating_point(gpu, job, limit);
    replay.curve.push_back({.limit_w = limit, .seconds = point.seconds, .watts = point.watts});
  }
  replay.fit = std::make_shared<LazyFit>();
  return replay;
}

TEST(WorkloadFit, finds_the_job_that_a_curve_was_made_of) {
  const GpuModel& v100 = *find_gpu_model("V100");
  for (const char* name : {"V100 ResNet-50", "V100 BERT-SQuAD", "V100 DeepSpeech2"}) {
    const ParametricWorkload job = *find_workload(name);
    const ParametricWorkload found = fit_to_limits(v100, curve_of(v100, job).curve);
    EXPECT_NEAR(found.dynamic_w / job.dynamic_w, 1, 0.05) << name;
    EXPECT_NEAR(found.clock_bound, job.clock_bound, 0.05) << name;
    EXPECT_NEAR(found.idle_share, job.idle_share, 0.05) << name;
    EXPECT_NEAR(found.step_s / job.step_s, 1, 0.02) << name;
  }
}

TEST(WorkloadFit, a_locked_clock_acts_on_a_replayed_curve_as_on_its_job) {
  const GpuModel& v100 = *find_gpu_model("V100");
  const ParametricWorkload job = *find_workload("V100 ResNet-50");
  const Workload replay = curve_of(v100, job);
  for (const double limit : {100.0, 150.0, 250.0}) {
    for (const double lock : {0.2, 0.35, 0.5, 0.7, 0.9, 1.0}) {
      const OperatingPoint expected = operating_point(v100, job, limit, lock);
      const OperatingPoint point = operating_point(v100, replay, limit, lock);
      EXPECT_NEAR(point.seconds / expected.seconds, 1, 0.04) << limit << " W, " << lock;
      EXPECT_NEAR(point.watts / expected.watts, 1, 0.04) << limit << " W, " << lock;
    }
  }
}

// A scenario's GPUs of several models may share one workload.
TEST(WorkloadFit, each_model_has_a_fit_of_its_own) {
  const GpuModel& v100 = *find_gpu_model("V100");
  const GpuModel& a40 = *find_gpu_model("A40");
  const Workload shared = curve_of(v100, *find_workload("V100 ResNet-50"));
  const Workload own = curve_of(v100, *find_workload("V100 ResNet-50"));
  (void)operating_point(v100, shared, 250, 0.5);
  EXPECT_EQ(operating_point(a40, shared, 250, 0.5).seconds,
            operating_point(a40, own, 250, 0.5).seconds);
  EXPECT_NE(operating_point(a40, shared, 250, 0.5).seconds,
            operating_point(v100, shared, 250, 0.5).seconds)
      << "else this test can't fail";
}

TEST(WorkloadFit, a_lock_above_what_the_limit_leaves_changes_nothing) {
  const GpuModel& v100 = *find_gpu_model("V100");
  const Workload replay = curve_of(v100, *find_workload("V100 ResNet-50"));
  const OperatingPoint free = operating_point(v100, replay, 100);
  const OperatingPoint locked = operating_point(v100, replay, 100, 0.95);
  EXPECT_EQ(locked.seconds, free.seconds);
  EXPECT_EQ(locked.watts, free.watts);
}

TEST(WorkloadFit, a_job_on_which_no_limit_acts_is_slowed_down_by_a_lock) {
  const GpuModel& v100 = *find_gpu_model("V100");
  ReplayWorkload flat{.curve = {{100, 1, 60}, {150, 1, 60}, {250, 1, 60}}};
  flat.fit = std::make_shared<LazyFit>();
  const OperatingPoint free = operating_point(v100, Workload(flat), 250);
  const OperatingPoint locked = operating_point(v100, Workload(flat), 250, 0.5);
  EXPECT_EQ(free.watts, 60);
  EXPECT_GT(locked.seconds, 1.1 * free.seconds);
  EXPECT_LT(locked.watts, 0.95 * free.watts);
}

// Of a V100 whose highest clock is 1530 MHz: clocks are relative to it.
TEST(WorkloadFit, the_model_has_the_shape_of_measured_clocks) {
  const std::string missing = missing_measured_table("clocks_v100.csv");
  if (!missing.empty()) GTEST_SKIP() << missing;
  std::map<std::string, std::vector<ClockPoint>> jobs;
  std::ifstream table(measured_table("clocks_v100.csv"));
  std::string line;
  std::getline(table, line);  // workload,sm_clock_mhz,relative_time,average_power_w
  while (std::getline(table, line)) {
    std::istringstream row(line);
    std::string name, clock, time, power;
    std::getline(row, name, ',');
    std::getline(row, clock, ',');
    std::getline(row, time, ',');
    std::getline(row, power, ',');
    jobs[name].push_back(
        {.clock = std::stod(clock) / 1530, .seconds = std::stod(time), .watts = std::stod(power)});
  }
  ASSERT_EQ(jobs.size(), 16U);
  const GpuModel& v100 = *find_gpu_model("V100");
  std::vector<double> of_time;
  std::vector<double> of_power;
  for (const auto& [name, points] : jobs) {
    const ParametricWorkload job = fit_to_clocks(v100, points);
    for (const ClockPoint& point : points) {
      const OperatingPoint found = operating_point(v100, job, 1e6, point.clock);
      of_time.push_back(std::abs(found.seconds / point.seconds - 1));
      of_power.push_back(std::abs(found.watts / point.watts - 1));
    }
  }
  std::cout << "V100 at locked clocks, 16 measured workloads: median error of time "
            << 100 * median(of_time) << " %, of power " << 100 * median(of_power) << " %\n";
  EXPECT_LT(median(of_time), 0.02);
  EXPECT_LT(median(of_power), 0.03);
}

}  // namespace
}  // namespace simulator
