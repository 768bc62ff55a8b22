// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/model/workload.h"

#include <gtest/gtest.h>

#include <string>

#include "simulator/model/replay_csv.h"
#include "simulator/scenario/scenario.h"
#include "tests/temporary_folder.h"

namespace simulator {
namespace {

using zeus::testing::TemporaryFolder;
using zeus::testing::write_text;

TEST(Workload, the_parametric_model_gives_the_figures_worked_out_by_hand) {
  const GpuModel& v100 = *find_gpu_model("V100");
  const ParametricWorkload resnet = *find_workload("V100 ResNet-50");
  // 1.08 x 100 W = 40.8 + 268 phi 0.8^2
  EXPECT_NEAR(clock_at_limit(v100, resnet, 100), 0.391791, 1e-6);
  const OperatingPoint slow = operating_point(v100, resnet, 100);
  EXPECT_NEAR(slow.seconds / resnet.step_s, 1.968218, 1e-5);
  EXPECT_NEAR(slow.watts, 100.7600, 1e-3);

  const OperatingPoint light = operating_point(v100, *find_workload("NCF"), 100);
  EXPECT_DOUBLE_EQ(light.seconds, 0.02);
  EXPECT_DOUBLE_EQ(light.watts, 37.9);  // half at 42.8 W, half at 33 W
}

TEST(Workload, more_power_is_never_slower_and_never_draws_less) {
  for (const GpuModel& gpu : gpu_models()) {
    for (const NamedWorkload& workload : built_in_workloads()) {
      OperatingPoint last = operating_point(gpu, workload.job, gpu.limit_w.min);
      for (double limit = gpu.limit_w.min + 1; limit <= gpu.limit_w.max; ++limit) {
        const OperatingPoint point = operating_point(gpu, workload.job, limit);
        EXPECT_LE(point.seconds, last.seconds) << gpu.key << workload.name << limit;
        EXPECT_GE(point.watts, last.watts) << gpu.key << workload.name << limit;
        if (clock_at_limit(gpu, workload.job, limit) > gpu.min_phi) {
          EXPECT_LE(point.watts, limit * gpu.limit_overshoot);
        }  // The slowest clock may still draw more than the lowest limits.
        last = point;
      }
    }
  }
}

TEST(Workload, a_curve_is_linear_between_its_points_and_level_beyond) {
  const ReplayWorkload job{{{100, 4, 90}, {150, 2, 140}, {250, 1, 200}}};
  const auto expect = [&](double limit, double seconds, double watts) {
    EXPECT_DOUBLE_EQ(operating_point(job, limit).seconds, seconds) << limit;
    EXPECT_DOUBLE_EQ(operating_point(job, limit).watts, watts) << limit;
  };
  expect(100, 4, 90);
  expect(125, 3, 115);
  expect(150, 2, 140);
  expect(175, 1.75, 155);
  expect(250, 1, 200);
  expect(80, 4, 90);
  expect(300, 1, 200);
}

constexpr const char* kTable =
    "network,dataset,batch_size,optimizer,power_limit,average_power,time_per_epoch\n"
    "n,d,8,adam,200,190,10\n"
    "n,d,8,adam,100,99,20\n"
    "\"n, quoted\",d,8,adam,100,98,30\r\n"
    "n,d,16,adam,100,97,40\n";

TEST(ReplayCsv, picks_one_curve_whatever_the_order_of_columns_and_rows) {
  const TemporaryFolder folder;
  write_text(folder / "t.csv", kTable);
  CurveChoice choice;
  choice.network = "n";
  choice.batch_size = "8";
  const ReplayWorkload job = read_curve(folder / "t.csv", choice, 10);
  ASSERT_EQ(job.curve.size(), 2U);
  EXPECT_EQ(job.curve[0].limit_w, 100);
  EXPECT_EQ(job.curve[0].seconds, 2);
  EXPECT_EQ(job.curve[0].watts, 99);
  EXPECT_EQ(job.curve[1].seconds, 1);
  choice = {};
  choice.network = "n, quoted";
  EXPECT_EQ(read_curve(folder / "t.csv", choice, 1).curve.at(0).seconds, 30);
}

std::string error_of(const std::filesystem::path& csv, const CurveChoice& choice) {
  try {
    (void)read_curve(csv, choice, 1);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ReplayCsv, says_what_is_wrong_with_a_table) {
  const TemporaryFolder folder;
  const std::filesystem::path csv = folder / "t.csv";
  EXPECT_EQ(error_of(csv, {}), csv.string() + ": cannot be read");
  write_text(csv, "");
  EXPECT_EQ(error_of(csv, {}), csv.string() + ": cannot be read");
  write_text(csv, "a,b\n");
  EXPECT_EQ(error_of(csv, {}), csv.string() + ": no column dataset");
  write_text(csv, kTable);
  EXPECT_EQ(error_of(csv, {}),
            csv.string() + ": 3 workloads fit; give dataset, network, batch_size and optimizer");
  CurveChoice nobody;
  nobody.network = "x";
  EXPECT_EQ(error_of(csv, nobody), csv.string() + ": no row of the workload asked for");
  const std::string header =
      "dataset,network,batch_size,optimizer,power_limit,time_per_epoch,"
      "average_power\n";
  write_text(csv, header + "d,n,8,o,100,x,3\n");
  EXPECT_EQ(error_of(csv, {}), csv.string() + ":2: not a positive number: \"x\"");
  write_text(csv, header + "d,n,8,o,100,2,3\nd,n,8,o,100,-2,3\n");
  EXPECT_EQ(error_of(csv, {}), csv.string() + ":3: not a positive number: \"-2\"");
  write_text(csv, header + "d,n,8,o\n");
  EXPECT_EQ(error_of(csv, {}), csv.string() + ":2: too few fields");
  write_text(csv, header + "d,n,8,o,100,2,3\nd,n,8,o,100,2,4\n");
  EXPECT_EQ(error_of(csv, {}),
            csv.string() + ": two rows of the workload with the same power_limit");
}

}  // namespace
}  // namespace simulator
