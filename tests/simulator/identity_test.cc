// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "tests/simulator/driver_rig.h"

namespace simulator::testing {
namespace {

std::string name_of(nvmlDevice_t device) {
  std::array<char, 96> text{};
  EXPECT_EQ(nvmlDeviceGetName(device, text.data(), text.size()), NVML_SUCCESS);
  return text.data();
}

std::string uuid_of(nvmlDevice_t device) {
  std::array<char, 80> text{};
  EXPECT_EQ(nvmlDeviceGetUUID(device, text.data(), text.size()), NVML_SUCCESS);
  return text.data();
}

TEST(Identity, models_mix_in_one_machine) {
  SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"model": "A40", "count": 2}, {"model": "P100"}, {},
                              {"model": "RTX6000", "name": "My card"}]})";
  const DriverRig rig(options);
  unsigned count = 0;
  ASSERT_EQ(nvmlDeviceGetCount_v2(&count), NVML_SUCCESS);
  ASSERT_EQ(count, 5U);
  const std::array<std::string, 5> names{"NVIDIA A40", "NVIDIA A40", "Tesla P100-PCIE-16GB",
                                         "Tesla V100-PCIE-32GB", "My card"};
  const std::array<unsigned, 5> architectures{7, 7, 4, 5, 6};
  for (unsigned i = 0; i < count; ++i) {
    EXPECT_EQ(name_of(rig.gpu(i)), names.at(i));
    unsigned architecture = 0;
    ASSERT_EQ(nvmlDeviceGetArchitecture(rig.gpu(i), &architecture), NVML_SUCCESS);
    EXPECT_EQ(architecture, architectures.at(i));
  }
  nvmlDevice_t none = nullptr;
  EXPECT_EQ(nvmlDeviceGetHandleByIndex_v2(5, &none), NVML_ERROR_INVALID_ARGUMENT);
}

TEST(Identity, sixteen_gpus_are_found_by_index_uuid_and_bus) {
  SimulatedMachineOptions options;
  options.gpus = 16;
  const DriverRig rig(options);
  std::set<std::string> uuids;
  for (unsigned i = 0; i < 16; ++i) {
    const nvmlDevice_t device = rig.gpu(i);
    const std::string uuid = uuid_of(device);
    EXPECT_EQ(uuid.size(), 40U) << uuid;
    EXPECT_EQ(uuid.rfind("GPU-", 0), 0U) << uuid;
    uuids.insert(uuid);
    unsigned index = 99;
    ASSERT_EQ(nvmlDeviceGetIndex(device, &index), NVML_SUCCESS);
    EXPECT_EQ(index, i);
    nvmlDevice_t found = nullptr;
    ASSERT_EQ(nvmlDeviceGetHandleByUUID(uuid.c_str(), &found), NVML_SUCCESS);
    EXPECT_EQ(found, device);
    nvmlPciInfo_t pci{};
    ASSERT_EQ(nvmlDeviceGetPciInfo_v3(device, &pci), NVML_SUCCESS);
    ASSERT_EQ(nvmlDeviceGetHandleByPciBusId_v2(pci.busId, &found), NVML_SUCCESS);
    EXPECT_EQ(found, device);
    ASSERT_EQ(nvmlDeviceGetHandleByPciBusId_v2(pci.busIdLegacy, &found), NVML_SUCCESS);
    EXPECT_EQ(found, device);
  }
  EXPECT_EQ(uuids.size(), 16U);
}

TEST(Identity, bus_addresses_are_read_in_all_of_nvmls_forms) {
  SimulatedMachineOptions options;
  options.gpus = 2;
  const DriverRig rig(options);
  for (const char* address : {"00000000:04:00.0", "0000:04:00.0", "0:4:0.0", "0:4:0", "04:00.0"}) {
    nvmlDevice_t found = nullptr;
    EXPECT_EQ(nvmlDeviceGetHandleByPciBusId_v2(address, &found), NVML_SUCCESS) << address;
    EXPECT_EQ(found, rig.gpu(1)) << address;
  }
  nvmlDevice_t found = nullptr;
  EXPECT_EQ(nvmlDeviceGetHandleByPciBusId_v2("0:5:0.0", &found), NVML_ERROR_NOT_FOUND);
  for (const char* address : {"", "4", "04:00.0x", "hello", "0:4:0.0.0"}) {
    EXPECT_EQ(nvmlDeviceGetHandleByPciBusId_v2(address, &found), NVML_ERROR_INVALID_ARGUMENT)
        << address;
  }
  EXPECT_EQ(nvmlDeviceGetHandleByUUID("GPU-nobody", &found), NVML_ERROR_NOT_FOUND);
}

TEST(Identity, a_scenario_may_give_the_uuid) {
  SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"uuid": "GPU-abc"}, {"uuid": "GPU-abd"}]})";
  const DriverRig rig(options);
  EXPECT_EQ(uuid_of(rig.gpu(0)), "GPU-abc");
  EXPECT_EQ(uuid_of(rig.gpu(1)), "GPU-abd");
}

}  // namespace
}  // namespace simulator::testing
