// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a scenario orders besides codes: by call and by time.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/in_child.h"
#include "tests/simulator/driver_rig.h"
#include "tests/simulator/simple_curve.h"
#include "zeus/error.h"

namespace simulator::testing {
namespace {

SimulatedMachineOptions with_faults(const std::string& faults, int gpus = 1) {
  SimulatedMachineOptions options;
  options.gpus = gpus;
  options.json = R"({"faults": [)" + faults + "]}";
  return options;
}

nvmlReturn_t power_code(unsigned gpu) {
  unsigned power = 0;
  return nvmlDeviceGetPowerUsage(DriverRig::gpu(gpu), &power);
}

TEST(OrderedFaults, a_code_comes_at_a_time_and_goes_after_another) {
  const DriverRig rig(with_faults(
      R"({"function": "nvmlDeviceGetPowerUsage", "code": 10, "after_s": 5, "for_s": 2})"));
  EXPECT_EQ(power_code(0), NVML_SUCCESS);
  rig.pass_ns(5 * kSecond - 1);
  EXPECT_EQ(power_code(0), NVML_SUCCESS);
  rig.pass_ns(1);
  EXPECT_EQ(power_code(0), NVML_ERROR_TIMEOUT);
  rig.pass_ns(2 * kSecond);
  EXPECT_EQ(power_code(0), NVML_SUCCESS);
}

TEST(OrderedFaults, calls_count_from_the_time_on) {
  const DriverRig rig(with_faults(
      R"({"function": "nvmlDeviceGetPowerUsage", "code": 10, "after_s": 5, "call": 2,
          "count": 1})"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(power_code(0), NVML_SUCCESS);
  rig.pass_ns(5 * kSecond);
  EXPECT_EQ(power_code(0), NVML_SUCCESS);
  EXPECT_EQ(power_code(0), NVML_ERROR_TIMEOUT);
  EXPECT_EQ(power_code(0), NVML_SUCCESS);
}

TEST(OrderedFaults, any_function_can_be_meant) {
  const DriverRig rig(with_faults(R"({"function": "*", "code": 17, "after_s": 1, "for_s": 1})"));
  rig.pass_ns(kSecond);
  unsigned number = 0;
  EXPECT_EQ(nvmlDeviceGetCount_v2(&number), NVML_ERROR_OPERATING_SYSTEM);
  EXPECT_EQ(nvmlInit_v2(), NVML_ERROR_OPERATING_SYSTEM);
  rig.pass_ns(kSecond);
  EXPECT_EQ(nvmlDeviceGetCount_v2(&number), NVML_SUCCESS);
}

TEST(OrderedFaults, a_lost_gpu_answers_so_to_everything_and_the_others_go_on) {
  const DriverRig rig(with_faults(R"({"lost": true, "gpu": 1, "after_s": 5})", 2));
  step({0, 1});
  const nvmlDevice_t lost = rig.gpu(1);
  rig.pass_ns(5 * kSecond);
  unsigned long long energy = 0;
  EXPECT_EQ(nvmlDeviceGetTotalEnergyConsumption(lost, &energy), NVML_ERROR_GPU_IS_LOST);
  EXPECT_EQ(nvmlDeviceSetPowerManagementLimit(lost, 150'000), NVML_ERROR_GPU_IS_LOST);
  nvmlDevice_t found = nullptr;
  EXPECT_EQ(nvmlDeviceGetHandleByIndex_v2(1, &found), NVML_ERROR_GPU_IS_LOST);
  EXPECT_EQ(power_code(0), NVML_SUCCESS);
  step(0);
  EXPECT_THROW(step({0, 1}), zeus::ZeusGPULostError);
}

TEST(OrderedFaults, a_gpu_is_lost_for_good_at_a_call) {
  const DriverRig rig(with_faults(R"({"lost": true, "gpu": 0, "call": 4})"));
  // Finding the handle is a call too.
  EXPECT_EQ(power_code(0), NVML_SUCCESS);
  const nvmlDevice_t gpu = rig.gpu(0);
  unsigned power = 0;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(nvmlDeviceGetPowerUsage(gpu, &power), NVML_ERROR_GPU_IS_LOST);
  }
}

TEST(OrderedFaults, an_ignored_write_says_success_and_changes_nothing) {
  const DriverRig rig(with_faults(
      R"({"function": "nvmlDeviceSetPowerManagementLimit", "ignored": true, "call": 2,
          "count": 1})"));
  rig.set_limit_mw(200'000);
  rig.set_limit_mw(150'000);
  EXPECT_EQ(rig.limit_mw(), 200'000U);
  rig.set_limit_mw(150'000);
  EXPECT_EQ(rig.limit_mw(), 150'000U);
}

TEST(OrderedFaults, an_ignored_write_is_refused_where_it_would_be_all_the_same) {
  const DriverRig rig(
      with_faults(R"({"function": "nvmlDeviceSetPowerManagementLimit", "ignored": true})"));
  EXPECT_EQ(nvmlDeviceSetPowerManagementLimit(rig.gpu(), 99'000), NVML_ERROR_INVALID_ARGUMENT);
}

TEST(OrderedFaults, an_outsider_sets_the_limit_at_a_time_once_for_all_processes) {
  const DriverRig rig(with_faults(R"({"outside_limit_w": 150, "gpu": 1, "after_s": 5})", 2));
  rig.pass_ns(5 * kSecond);
  EXPECT_EQ(rig.limit_mw(0), 250'000U);
  EXPECT_EQ(rig.limit_mw(1), 150'000U);
  rig.set_limit_mw(200'000, 1);
  EXPECT_EQ(zeus::testing::in_child([] {
              if (nvmlInit_v2() != NVML_SUCCESS) return std::string("no init");
              return std::to_string(DriverRig::limit_mw(1));
            }),
            "200000");
}

TEST(OrderedFaults, an_outsiders_limit_acts_at_its_very_moment_on_a_running_step) {
  const SimpleCurve curve;
  SimulatedMachineOptions options = curve.options();
  options.json = R"({"faults": [{"outside_limit_w": 100, "after_s": 0.5}]})";
  const DriverRig rig(options);
  step(0);
  // Half the step at 200 W in half a second, the other half at 100 W in one.
  EXPECT_NEAR(truth(0).busy.value(), 1.5, 1e-6);
  EXPECT_NEAR(truth(0).energy.value(), 100 + 100, 1e-4);
}

TEST(OrderedFaults, an_outsider_sets_the_limit_just_before_a_call) {
  const DriverRig rig(with_faults(
      R"({"function": "nvmlDeviceGetPowerManagementLimit", "outside_limit_w": 125, "call": 2,
          "count": 1})"));
  EXPECT_EQ(rig.limit_mw(), 250'000U);
  EXPECT_EQ(rig.limit_mw(), 125'000U);
}

TEST(OrderedFaults, a_stuck_counter_stays_where_it_was_and_comes_back) {
  const DriverRig rig(with_faults(R"({"counter": "stuck", "after_s": 10, "for_s": 10})"));
  rig.pass_ns(15 * kSecond);  // idle at 33 W
  EXPECT_EQ(rig.energy_mj(), 330'000U);
  rig.pass_ns(kSecond);
  EXPECT_EQ(rig.energy_mj(), 330'000U);
  EXPECT_EQ(rig.field(NVML_FI_DEV_ENERGY).value.ullVal, 330'000U);
  rig.pass_ns(4 * kSecond);
  EXPECT_EQ(rig.energy_mj(), 660'000U);
}

TEST(OrderedFaults, a_reset_counter_begins_again_at_zero) {
  const DriverRig rig(with_faults(R"({"counter": "reset", "call": 2})"));
  rig.pass_ns(10 * kSecond);
  EXPECT_EQ(rig.energy_mj(), 330'000U);
  EXPECT_EQ(rig.energy_mj(), 0U);
  rig.pass_ns(10 * kSecond);
  EXPECT_EQ(rig.energy_mj(), 330'000U);
}

TEST(OrderedFaults, a_counter_is_not_supported_from_a_time_on) {
  const DriverRig rig(with_faults(R"({"counter": "unsupported", "after_s": 1})"));
  EXPECT_EQ(rig.energy_mj(), 0U);
  rig.pass_ns(kSecond);
  unsigned long long energy = 0;
  EXPECT_EQ(nvmlDeviceGetTotalEnergyConsumption(rig.gpu(), &energy), NVML_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(rig.field(NVML_FI_DEV_ENERGY).nvmlReturn, NVML_ERROR_NOT_SUPPORTED);
}

TEST(OrderedFaults, a_slow_call_takes_its_time) {
  const DriverRig rig(with_faults(
      R"({"function": "nvmlDeviceGetPowerUsage", "delay_ms": 250, "call": 2, "count": 1})"));
  const auto duration = [&] {
    const long long begin = rig.now_ns();
    EXPECT_EQ(power_code(0), NVML_SUCCESS);
    return rig.now_ns() - begin;
  };
  EXPECT_EQ(duration(), 0);
  EXPECT_EQ(duration(), 250 * kMillisecond);
  EXPECT_EQ(duration(), 0);
}

TEST(OrderedFaults, a_hanging_call_does_not_come_back_and_holds_up_nobody_else) {
  const DriverRig rig(with_faults(R"({"function": "nvmlDeviceGetPowerUsage", "hangs": true})"));
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (nvmlInit_v2() != NVML_SUCCESS || write(ready[1], "x", 1) != 1) _exit(1);
    power_code(0);
    _exit(2);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  usleep(50'000);
  step(0);
  EXPECT_GT(rig.energy_mj(), 0U);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, WNOHANG), 0);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  close(ready[0]);
  close(ready[1]);
}

TEST(OrderedFaults, event_reasons_show_what_is_ordered_besides_the_true_ones) {
  const DriverRig rig(with_faults(R"({"event_reasons": 72, "after_s": 1, "for_s": 1})"));
  const auto reasons = [&] {
    unsigned long long bits = 0;
    EXPECT_EQ(nvmlDeviceGetCurrentClocksThrottleReasons(rig.gpu(), &bits), NVML_SUCCESS);
    return bits;
  };
  EXPECT_EQ(reasons(), nvmlClocksEventReasonGpuIdle);
  rig.pass_ns(kSecond);
  EXPECT_EQ(reasons(), nvmlClocksEventReasonGpuIdle | nvmlClocksThrottleReasonHwSlowdown |
                           nvmlClocksThrottleReasonHwThermalSlowdown);
  rig.pass_ns(kSecond);
  EXPECT_EQ(reasons(), nvmlClocksEventReasonGpuIdle);
}

}  // namespace
}  // namespace simulator::testing
