// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/simulator/driver_rig.h"
#include "tests/simulator/simple_curve.h"
#include "zeus/error.h"

namespace simulator::testing {
namespace {

TEST(Step, takes_the_workloads_time_and_energy_at_the_limit_in_force) {
  const SimpleCurve curve;
  const DriverRig rig(curve.options());
  for (const unsigned limit : {200U, 150U, 137U, 100U}) {
    rig.set_limit_mw(limit * 1000);
    const long long begin = rig.now_ns();
    const unsigned long long energy = rig.energy_mj();
    for (int i = 0; i < 7; ++i) step(0);
    const double seconds = 1 + (200.0 - limit) / 100;
    EXPECT_NEAR(static_cast<double>(rig.now_ns() - begin), 7e9 * seconds, 1) << limit;
    EXPECT_NEAR(static_cast<double>(rig.energy_mj() - energy), 7e3 * seconds * limit, 1.001)
        << limit;
  }
}

TEST(Step, many_short_steps_lose_nothing_to_rounding) {
  SimulatedMachineOptions options;
  options.json = R"({"workload": {"step_seconds": 0.0001234567891}})";
  const DriverRig rig(options);
  step(0);
  const double first = static_cast<double>(rig.now_ns());
  const double one = truth(0).busy.value();
  for (int i = 0; i < 10'000; ++i) step(0);
  // At 250 W a step is longer than at full clock; 10000 of them are 10000 times one, exactly.
  EXPECT_NEAR(static_cast<double>(rig.now_ns()) - first, one * 1e13, 1e4);
  const double exact = truth(0).busy.value() / 10'001;
  EXPECT_NEAR(static_cast<double>(rig.now_ns()) - first, exact * 1e13, 2);
}

TEST(Step, the_cap_is_exceeded_by_the_models_share_only) {
  const DriverRig rig;
  rig.set_limit_mw(100'000);
  for (int i = 0; i < 100; ++i) step(0);
  // 0.70856 s at 100.76 W: worked out by hand from the model's constants.
  EXPECT_NEAR(truth(0).busy.value(), 70.856, 0.001);
  EXPECT_NEAR(truth(0).energy.value() / truth(0).elapsed.value(), 100.760, 0.001);
}

TEST(Step, locked_clocks_slow_the_parametric_job) {
  const DriverRig rig;
  step(0);
  const double usual = truth(0).busy.value();
  ASSERT_EQ(nvmlDeviceSetGpuLockedClocks(rig.gpu(), 345, 690), NVML_SUCCESS);
  step(0);
  // Half the clock: 0.36 s x (0.77 x 0.81 / 0.5 + 0.23 x 0.81 + 0.19).
  EXPECT_NEAR(truth(0).busy.value() - usual, 0.36 * 1.6237, 1e-9);
  ASSERT_EQ(nvmlDeviceResetGpuLockedClocks(rig.gpu()), NVML_SUCCESS);
  step(0);
  EXPECT_NEAR(truth(0).busy.value(), 2 * usual + 0.36 * 1.6237, 1e-8);
}

TEST(Step, the_host_limit_slows_the_job_like_a_requested_one) {
  SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"enforced_limit_w": 100}]})";
  const DriverRig rig(options);
  step(0);
  EXPECT_NEAR(truth(0).busy.value(), 0.70856, 0.00001);
}

TEST(Step, several_gpus_wait_for_the_slowest) {
  const SimpleCurve curve;
  SimulatedMachineOptions options = curve.options();
  options.gpus = 3;
  const DriverRig rig(options);
  rig.set_limit_mw(100'000, 1);
  rig.set_limit_mw(150'000, 2);
  const long long begin = rig.now_ns();
  step({0, 1, 2});
  EXPECT_EQ(rig.now_ns() - begin, 2 * kSecond);
  EXPECT_NEAR(truth(0).energy.value(), 1.0 * 200 + 1.0 * 33, 1e-9);
  EXPECT_NEAR(truth(1).energy.value(), 2.0 * 100, 1e-9);
  EXPECT_NEAR(truth(2).energy.value(), 1.5 * 150 + 0.5 * 33, 1e-9);
  EXPECT_NEAR(truth(2).busy.value(), 1.5, 1e-9);
  EXPECT_EQ(truth(2).steps, 1U);
}

TEST(Step, gpus_that_do_not_exist_or_come_twice_are_refused) {
  SimulatedMachineOptions options;
  options.gpus = 2;
  const DriverRig rig(options);
  EXPECT_THROW(step({0, 2}), zeus::ZeusValueError);
  EXPECT_THROW(step({1, 1}), zeus::ZeusValueError);
  EXPECT_THROW(step(std::vector<unsigned>{}), zeus::ZeusValueError);
  EXPECT_THROW((void)truth(2), zeus::ZeusValueError);
  EXPECT_EQ(zeus_sim_truth(0, nullptr), NVML_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(zeus_sim_step(nullptr, 1), NVML_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(truth(0).steps, 0U);
}

TEST(Step, the_limit_settles_on_a_ramp) {
  const SimpleCurve curve;
  SimulatedMachineOptions options = curve.options();
  options.settling_ms = 80;
  const DriverRig rig(options);
  rig.set_limit_mw(100'000);
  step(0);
  // Eight level pieces of 10 ms from 200 W towards 100 W, then the rest of the step at 100 W.
  double work = 1;
  double energy = 0;
  double seconds = 0;
  for (int piece = 0; piece < 8; ++piece) {
    const double limit = 200 - 100 * (piece + 0.5) / 8;
    work -= 0.01 / (1 + (200 - limit) / 100);
    energy += 0.01 * limit;
    seconds += 0.01;
  }
  seconds += work * 2;
  energy += work * 2 * 100;
  EXPECT_NEAR(truth(0).busy.value(), seconds, 1e-8);
  EXPECT_NEAR(truth(0).energy.value(), energy, 1e-6);
  EXPECT_LT(seconds, 2.0);
  step(0);
  EXPECT_NEAR(truth(0).busy.value(), seconds + 2, 1e-8);
}

TEST(Step, setting_the_limit_that_is_there_settles_nothing) {
  const SimpleCurve curve;
  SimulatedMachineOptions options = curve.options();
  options.settling_ms = 80;
  const DriverRig rig(options);
  rig.set_limit_mw(200'000);
  step(0);
  EXPECT_EQ(truth(0).busy.value(), 1.0);
}

TEST(Step, driver_calls_take_their_latency) {
  SimulatedMachineOptions options;
  options.read_latency_ms = 0.5;
  options.write_latency_ms = 12;
  const DriverRig rig(options);
  const nvmlDevice_t device = rig.gpu();
  const long long begin = rig.now_ns();
  unsigned value = 0;
  ASSERT_EQ(nvmlDeviceGetPowerUsage(device, &value), NVML_SUCCESS);
  EXPECT_EQ(rig.now_ns() - begin, kMillisecond / 2);
  ASSERT_EQ(nvmlDeviceSetPowerManagementLimit(device, 200'000), NVML_SUCCESS);
  EXPECT_EQ(rig.now_ns() - begin, 12 * kMillisecond + kMillisecond / 2);
}

std::vector<double> step_times(unsigned seed) {
  SimulatedMachineOptions options;
  options.seed = seed;
  options.time_noise = 0.03;
  options.power_noise = 0.01;
  const DriverRig rig(options);
  std::vector<double> times;
  double last = 0;
  for (int i = 0; i < 2000; ++i) {
    step(0);
    times.push_back(truth(0).busy.value() - last);
    last = truth(0).busy.value();
  }
  return times;
}

TEST(Step, noise_is_seeded) {
  const std::vector<double> first = step_times(1);
  EXPECT_EQ(first, step_times(1));
  EXPECT_NE(first, step_times(2));
}

TEST(Step, noise_has_the_deviation_asked_for) {
  const std::vector<double> times = step_times(3);
  double sum = 0;
  double squares = 0;
  for (const double time : times) {
    sum += time;
    squares += time * time;
  }
  const double count = static_cast<double>(times.size());
  const double mean = sum / count;
  EXPECT_NEAR(mean, 0.3749455, 0.002);  // at 250 W without noise
  EXPECT_NEAR(std::sqrt(squares / count - mean * mean) / mean, 0.03, 0.003);
}

TEST(Step, a_step_in_real_time_blocks_that_long) {
  const SimpleCurve curve;
  SimulatedMachineOptions options = curve.options();
  options.virtual_clock = false;
  options.steps_per_epoch = 200;  // 50 ms
  const DriverRig rig(options);
  const long long begin = rig.now_ns();
  step(0);
  EXPECT_GE(rig.now_ns() - begin, 50 * kMillisecond);
  EXPECT_EQ(truth(0).busy.value(), 0.05);
  EXPECT_EQ(truth(0).steps, 1U);
}

}  // namespace
}  // namespace simulator::testing
