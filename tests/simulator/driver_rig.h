// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A simulated machine whose driver is initialized, and short names for what tests ask it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "simulator/api/zeus_simulator.h"
#include "simulator/nvml/nvml_abi.h"

namespace simulator::testing {

class DriverRig {
 public:
  explicit DriverRig(const SimulatedMachineOptions& options = {}) : simulated_(options) {
    EXPECT_EQ(nvmlInit_v2(), NVML_SUCCESS);
  }
  ~DriverRig() { nvmlShutdown(); }
  DriverRig(const DriverRig&) = delete;
  DriverRig& operator=(const DriverRig&) = delete;

  [[nodiscard]] const SimulatedMachine& simulated() const { return simulated_; }

  [[nodiscard]] static nvmlDevice_t gpu(unsigned index = 0) {
    nvmlDevice_t device = nullptr;
    EXPECT_EQ(nvmlDeviceGetHandleByIndex_v2(index, &device), NVML_SUCCESS);
    return device;
  }
  [[nodiscard]] static unsigned long long energy_mj(unsigned index = 0) {
    unsigned long long energy = 0;
    EXPECT_EQ(nvmlDeviceGetTotalEnergyConsumption(gpu(index), &energy), NVML_SUCCESS);
    return energy;
  }
  [[nodiscard]] static unsigned limit_mw(unsigned index = 0) {
    unsigned limit = 0;
    EXPECT_EQ(nvmlDeviceGetPowerManagementLimit(gpu(index), &limit), NVML_SUCCESS);
    return limit;
  }
  static void set_limit_mw(unsigned limit, unsigned index = 0) {
    EXPECT_EQ(nvmlDeviceSetPowerManagementLimit(gpu(index), limit), NVML_SUCCESS);
  }
  [[nodiscard]] static unsigned power_mw(unsigned index = 0) {
    unsigned power = 0;
    EXPECT_EQ(nvmlDeviceGetPowerUsage(gpu(index), &power), NVML_SUCCESS);
    return power;
  }
  [[nodiscard]] static nvmlFieldValue_t field(unsigned id, unsigned scope = 0, unsigned gpu = 0) {
    nvmlFieldValue_t value{};
    value.fieldId = id;
    value.scopeId = scope;
    EXPECT_EQ(nvmlDeviceGetFieldValues(DriverRig::gpu(gpu), 1, &value), NVML_SUCCESS);
    return value;
  }

  [[nodiscard]] static long long now_ns() { return zeus_sim_clock_monotonic_ns(); }
  // In virtual time: lets `ns` pass.
  static void pass_ns(long long ns) {
    EXPECT_EQ(zeus_sim_clock_sleep_until_ns(now_ns() + ns, nullptr), 0);
  }

 private:
  SimulatedMachine simulated_;
};

inline constexpr long long kMillisecond = 1'000'000;
inline constexpr long long kSecond = 1'000'000'000;

}  // namespace simulator::testing
