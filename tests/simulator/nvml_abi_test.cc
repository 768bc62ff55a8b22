// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/nvml/nvml_abi.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "simulator/nvml/nvml_functions.h"
#include "tests/paths.h"
#include "tests/simulator/every_call.h"

// The numbers are those of nvml.h and of nvidia-ml-py's ctypes structures on 64-bit Linux.
static_assert(sizeof(nvmlPciInfo_t) == 68);
static_assert(offsetof(nvmlPciInfo_t, domain) == 16);
static_assert(offsetof(nvmlPciInfo_t, pciDeviceId) == 28);
static_assert(offsetof(nvmlPciInfo_t, pciSubSystemId) == 32);
static_assert(offsetof(nvmlPciInfo_t, busId) == 36);

static_assert(sizeof(nvmlValue_t) == 8);
static_assert(sizeof(nvmlFieldValue_t) == 40);
static_assert(offsetof(nvmlFieldValue_t, scopeId) == 4);
static_assert(offsetof(nvmlFieldValue_t, timestamp) == 8);
static_assert(offsetof(nvmlFieldValue_t, latencyUsec) == 16);
static_assert(offsetof(nvmlFieldValue_t, valueType) == 24);
static_assert(offsetof(nvmlFieldValue_t, nvmlReturn) == 28);
static_assert(offsetof(nvmlFieldValue_t, value) == 32);

static_assert(sizeof(nvmlTemperature_t) == 12);
static_assert(offsetof(nvmlTemperature_t, sensorType) == 4);
static_assert(offsetof(nvmlTemperature_t, temperature) == 8);
static_assert(nvmlTemperature_v1 == 0x100000C);
static_assert(sizeof(nvmlC2cModeInfo_v1_t) == 4);

static_assert(sizeof(nvmlUtilization_t) == 8);
static_assert(sizeof(nvmlMemory_t) == 24 && offsetof(nvmlMemory_t, used) == 16);
static_assert(sizeof(nvmlMemory_v2_t) == 40 && offsetof(nvmlMemory_v2_t, used) == 32);
static_assert(nvmlMemory_v2 == 0x2000028);
static_assert(sizeof(nvmlBAR1Memory_t) == 24);
static_assert(sizeof(nvmlConfComputeMemSizeInfo_t) == 16);
static_assert(sizeof(nvmlProcessInfo_v1_t) == 16);
static_assert(sizeof(nvmlProcessInfo_t) == 24 && offsetof(nvmlProcessInfo_t, gpuInstanceId) == 16);
static_assert(sizeof(nvmlProcessDetail_v1_t) == 32);
static_assert(sizeof(nvmlProcessDetailList_t) == 24 && nvmlProcessDetailList_v1 == 0x1000018);
static_assert(offsetof(nvmlProcessDetailList_t, procArray) == 16);
static_assert(sizeof(nvmlProcessUtilizationSample_t) == 32);
static_assert(offsetof(nvmlProcessUtilizationSample_t, smUtil) == 16);
static_assert(sizeof(nvmlReturn_t) == 4 && sizeof(nvmlEnableState_t) == 4);

static_assert(NVML_ERROR_NO_PERMISSION == 4 && NVML_ERROR_GPU_IS_LOST == 15 &&
              NVML_ERROR_NO_DATA == 21 && NVML_ERROR_ARGUMENT_VERSION_MISMATCH == 25 &&
              NVML_ERROR_INVALID_STATE == 29 && NVML_ERROR_UNKNOWN == 999);

namespace {

std::set<std::string> exported_names() {
  std::set<std::string> names;
  const std::string command = "nm -D --defined-only " ZEUS_SIMULATOR_DIR "/libnvidia-ml.so.1";
  FILE* const pipe = popen(command.c_str(), "r");
  std::array<char, 256> name{};
  while (pipe != nullptr && std::fscanf(pipe, "%*s %*s %255s", name.data()) == 1) {
    names.insert(name.data());
  }
  if (pipe != nullptr) pclose(pipe);
  return names;
}

std::set<std::string> functions() {
  std::istringstream words{std::string(simulator::kNvmlFunctions)};
  return {std::istream_iterator<std::string>(words), {}};
}

TEST(NvmlAbi, nothing_but_nvml_and_the_few_names_beside_it_is_exported) {
  std::set<std::string> expected{"nvmlErrorString",        "zeus_sim_step",
                                 "zeus_sim_truth",         "zeus_sim_clock_monotonic_ns",
                                 "zeus_sim_clock_unix_ns", "zeus_sim_clock_sleep_until_ns",
                                 "zeus_sim_clock_wake",    "zeus_sim_is_inside",
                                 "zeus_sim_clock_sleepers"};
  expected.merge(functions());
  EXPECT_EQ(exported_names(), expected);
}

TEST(NvmlAbi, every_function_that_a_fault_may_name_is_tested) {
  std::set<std::string> tested{"nvmlInit", "nvmlInit_v2", "nvmlInitWithFlags", "nvmlShutdown"};
  for (const auto& call : simulator::testing::every_call()) tested.insert(call.name);
  EXPECT_EQ(tested, functions());
}

TEST(NvmlAbi, every_code_has_nvidias_words) {
  EXPECT_STREQ(nvmlErrorString(NVML_SUCCESS), "Success");
  EXPECT_STREQ(nvmlErrorString(NVML_ERROR_UNINITIALIZED), "Uninitialized");
  EXPECT_STREQ(nvmlErrorString(NVML_ERROR_NO_PERMISSION), "Insufficient Permissions");
  EXPECT_STREQ(nvmlErrorString(NVML_ERROR_NOT_SUPPORTED), "Not Supported");
  EXPECT_STREQ(nvmlErrorString(NVML_ERROR_GPU_IS_LOST), "GPU is lost");
  EXPECT_STREQ(nvmlErrorString(NVML_ERROR_UNKNOWN), "Unknown Error");
  for (int code = 0; code <= 29; ++code) {
    EXPECT_STRNE(nvmlErrorString(static_cast<nvmlReturn_t>(code)), "Unknown Error") << code;
  }
}

}  // namespace
