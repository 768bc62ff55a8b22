// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What real clients stumble over where a driver answers otherwise than NVIDIA's.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "tests/in_child.h"
#include "tests/simulator/driver_rig.h"

namespace simulator::testing {
namespace {

constexpr unsigned long long kMebibyte = 1ULL << 20;

TEST(NvmlTraps, memory_of_version_2_is_refused_by_its_version_not_as_unsupported) {
  const DriverRig rig;
  nvmlMemory_v2_t memory{};
  memory.version = 2;  // as nvtop passes it
  EXPECT_EQ(nvmlDeviceGetMemoryInfo_v2(rig.gpu(), &memory), NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
  memory.version = nvmlMemory_v2;
  EXPECT_EQ(nvmlDeviceGetMemoryInfo_v2(rig.gpu(), &memory), NVML_SUCCESS);
}

TEST(NvmlTraps, memory_adds_up_in_both_versions) {
  SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"model": "A40", "process_memory_mib": 1000}]})";
  const DriverRig rig(options);
  step(0);
  nvmlMemory_t memory{};
  nvmlMemory_v2_t memory_v2{};
  memory_v2.version = nvmlMemory_v2;
  ASSERT_EQ(nvmlDeviceGetMemoryInfo(rig.gpu(), &memory), NVML_SUCCESS);
  ASSERT_EQ(nvmlDeviceGetMemoryInfo_v2(rig.gpu(), &memory_v2), NVML_SUCCESS);
  EXPECT_EQ(memory.total, 46068 * kMebibyte);
  EXPECT_EQ(memory.free + memory.used, memory.total);
  EXPECT_EQ(memory_v2.used, 1000 * kMebibyte);
  EXPECT_EQ(memory_v2.total, memory.total);
  EXPECT_EQ(memory_v2.reserved + memory_v2.free + memory_v2.used, memory_v2.total);
  EXPECT_EQ(memory.used, memory_v2.reserved + memory_v2.used);
}

TEST(NvmlTraps, an_empty_process_list_asked_without_room_is_a_success) {
  const DriverRig rig;
  unsigned count = 0;
  EXPECT_EQ(nvmlDeviceGetComputeRunningProcesses_v3(rig.gpu(), &count, nullptr), NVML_SUCCESS);
  EXPECT_EQ(count, 0U);
}

TEST(NvmlTraps, a_process_list_asked_without_room_tells_how_many_there_are) {
  const DriverRig rig;
  step(0);
  unsigned count = 0;
  EXPECT_EQ(nvmlDeviceGetComputeRunningProcesses(rig.gpu(), &count, nullptr),
            NVML_ERROR_INSUFFICIENT_SIZE);
  EXPECT_EQ(count, 1U);
  count = 0;
  EXPECT_EQ(nvmlDeviceGetComputeRunningProcesses_v3(rig.gpu(), &count, nullptr),
            NVML_ERROR_INSUFFICIENT_SIZE);
  EXPECT_EQ(count, 1U);
  EXPECT_EQ(nvmlDeviceGetGraphicsRunningProcesses_v3(rig.gpu(), &count, nullptr),
            NVML_ERROR_INVALID_ARGUMENT);
  nvmlProcessDetailList_t list{nvmlProcessDetailList_v1, NVML_PROCESS_MODE_ALL, 0, nullptr};
  EXPECT_EQ(nvmlDeviceGetRunningProcessDetailList(rig.gpu(), &list), NVML_ERROR_INSUFFICIENT_SIZE);
  EXPECT_EQ(list.numProcArrayEntries, 1U);
  list.version = 1;
  EXPECT_EQ(nvmlDeviceGetRunningProcessDetailList(rig.gpu(), &list),
            NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
}

TEST(NvmlTraps, process_utilization_without_room_asks_for_some) {
  const DriverRig rig;
  unsigned count = 0;
  EXPECT_EQ(nvmlDeviceGetProcessUtilization(rig.gpu(), nullptr, &count, 0),
            NVML_ERROR_INSUFFICIENT_SIZE);
  EXPECT_EQ(count, 1U);
  std::array<nvmlProcessUtilizationSample_t, 4> samples{};
  count = samples.size();
  EXPECT_EQ(nvmlDeviceGetProcessUtilization(rig.gpu(), samples.data(), &count, 0),
            NVML_ERROR_NOT_FOUND);
  for (int i = 0; i < 5; ++i) step(0);
  count = samples.size();
  ASSERT_EQ(nvmlDeviceGetProcessUtilization(rig.gpu(), samples.data(), &count, 0), NVML_SUCCESS);
  ASSERT_EQ(count, 1U);
  EXPECT_EQ(samples[0].pid, static_cast<unsigned>(getpid()));
  EXPECT_EQ(samples[0].smUtil, 100U);
  // Nothing that is newer.
  count = samples.size();
  EXPECT_EQ(
      nvmlDeviceGetProcessUtilization(rig.gpu(), samples.data(), &count, samples[0].timeStamp),
      NVML_ERROR_NOT_FOUND);
}

TEST(NvmlTraps, only_windows_has_driver_models_and_only_grace_the_chip_to_chip_link) {
  const DriverRig rig;
  nvmlDriverModel_t current{};
  nvmlDriverModel_t pending{};
  EXPECT_EQ(nvmlDeviceGetDriverModel_v2(rig.gpu(), &current, &pending), NVML_ERROR_NOT_SUPPORTED);
  nvmlC2cModeInfo_v1_t link{};
  EXPECT_EQ(nvmlDeviceGetC2cModeInfoV(rig.gpu(), &link), NVML_ERROR_NOT_SUPPORTED);
}

TEST(ComputeProcesses, are_those_that_stepped_on_the_gpu_while_they_live) {
  SimulatedMachineOptions options;
  options.gpus = 2;
  const DriverRig rig(options);
  step(0);
  // A child steps on the other GPU, is seen there, and is gone when it has ended.
  EXPECT_EQ(zeus::testing::in_child([] {
              if (nvmlInit_v2() != NVML_SUCCESS) return std::string("no init");
              step(1);
              std::array<nvmlProcessInfo_t, 4> found{};
              unsigned count = found.size();
              if (nvmlDeviceGetComputeRunningProcesses_v3(DriverRig::gpu(1), &count,
                                                          found.data()) != NVML_SUCCESS) {
                return std::string("no list");
              }
              const bool is_own = count == 1 && found[0].pid == static_cast<unsigned>(getpid());
              return std::string(is_own ? "itself" : "others");
            }),
            "itself");
  std::array<nvmlProcessInfo_t, 4> found{};
  unsigned count = found.size();
  ASSERT_EQ(nvmlDeviceGetComputeRunningProcesses_v2(rig.gpu(1), &count, found.data()),
            NVML_SUCCESS);
  EXPECT_EQ(count, 0U);
  count = found.size();
  ASSERT_EQ(nvmlDeviceGetComputeRunningProcesses_v3(rig.gpu(0), &count, found.data()),
            NVML_SUCCESS);
  ASSERT_EQ(count, 1U);
  EXPECT_EQ(found[0].pid, static_cast<unsigned>(getpid()));
  EXPECT_EQ(found[0].usedGpuMemory, 4096 * kMebibyte);
  EXPECT_EQ(found[0].gpuInstanceId, 0xFFFFFFFF);
  std::array<char, 64> name{};
  ASSERT_EQ(nvmlSystemGetProcessName(found[0].pid, name.data(), name.size()), NVML_SUCCESS);
  EXPECT_NE(std::string(name.data()).find("simulator"), std::string::npos) << name.data();
}

TEST(Activity, clocks_and_reasons_tell_what_holds_the_gpu_back) {
  SimulatedMachineOptions options;
  options.virtual_clock = false;
  options.step_seconds = 0.2;
  const DriverRig rig(options);
  const nvmlDevice_t gpu = rig.gpu();
  const auto reasons = [&] {
    unsigned long long bits = ~0ULL;
    EXPECT_EQ(nvmlDeviceGetCurrentClocksEventReasons(gpu, &bits), NVML_SUCCESS);
    return bits;
  };
  const auto clock = [&] {
    unsigned mhz = 0;
    EXPECT_EQ(nvmlDeviceGetClockInfo(gpu, NVML_CLOCK_SM, &mhz), NVML_SUCCESS);
    return mhz;
  };
  unsigned highest = 0;
  ASSERT_EQ(nvmlDeviceGetMaxClockInfo(gpu, NVML_CLOCK_GRAPHICS, &highest), NVML_SUCCESS);
  EXPECT_EQ(highest, 1380U);
  EXPECT_EQ(reasons(), nvmlClocksEventReasonGpuIdle);
  EXPECT_EQ(clock(), 135U);

  const auto while_stepping = [&](auto look) {
    const pid_t child = fork();
    if (child == 0) {
      step(0);
      _exit(0);
    }
    // The step ends as planned, also when the child is slow to begin it.
    while (truth(0).power.value() < 40) usleep(500);
    look();
    int status = 0;
    waitpid(child, &status, 0);
  };
  rig.set_limit_mw(100'000);
  while_stepping([&] {
    EXPECT_EQ(reasons(), nvmlClocksEventReasonSwPowerCap);
    EXPECT_LT(clock(), 700U);
    EXPECT_GT(clock(), 200U);
  });
  rig.set_limit_mw(250'000);
  ASSERT_EQ(nvmlDeviceSetGpuLockedClocks(gpu, 135, 690), NVML_SUCCESS);
  while_stepping([&] {
    EXPECT_EQ(reasons(), nvmlClocksEventReasonApplicationsClocksSetting);
    EXPECT_EQ(clock(), 690U);
  });
  EXPECT_EQ(reasons(), nvmlClocksEventReasonGpuIdle);
}

TEST(Activity, utilization_is_the_busy_share_of_the_last_second) {
  const DriverRig rig;
  nvmlUtilization_t utilization{};
  ASSERT_EQ(nvmlDeviceGetUtilizationRates(rig.gpu(), &utilization), NVML_SUCCESS);
  EXPECT_EQ(utilization.gpu, 0U);
  rig.pass_ns(2 * kSecond);
  const long long begin = rig.now_ns();
  step(0);
  const long long busy = rig.now_ns() - begin;
  ASSERT_LT(busy, kSecond);
  ASSERT_EQ(nvmlDeviceGetUtilizationRates(rig.gpu(), &utilization), NVML_SUCCESS);
  EXPECT_NEAR(utilization.gpu, static_cast<double>(busy) / 1e7, 1);
}

}  // namespace
}  // namespace simulator::testing
