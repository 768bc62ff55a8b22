// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/simulator/driver_rig.h"
#include "tests/simulator/simple_curve.h"

namespace simulator::testing {
namespace {

TEST(Energy, an_idle_gpu_draws_its_idle_power) {
  struct Case {
    const char* model;
    unsigned idle_mw;
  };
  for (const auto& [model, idle_mw] :
       {Case{"V100", 33'000}, Case{"A40", 78'000}, Case{"RTX6000", 53'500}}) {
    SimulatedMachineOptions options;
    options.model = model;
    const DriverRig rig(options);
    const unsigned long long before = rig.energy_mj();
    rig.pass_ns(10 * kSecond);
    EXPECT_EQ(rig.energy_mj() - before, idle_mw * 10ULL) << model;
    EXPECT_EQ(rig.power_mw(), idle_mw) << model;
  }
}

TEST(Energy, the_counter_moves_in_the_architectures_ticks) {
  struct Case {
    const char* model;
    long long tick_ns;
    unsigned long long tick_mj;  // drawn in one, idle
  };
  for (const auto& [model, tick_ns, tick_mj] :
       {Case{"V100", 20 * kMillisecond, 660}, Case{"A40", 100 * kMillisecond, 7800},
        Case{"RTX6000", 100 * kMillisecond, 5350}}) {
    SimulatedMachineOptions options;
    options.model = model;
    options.tick_ms.reset();
    const DriverRig rig(options);
    rig.pass_ns(kSecond);
    std::vector<long long> edges;
    unsigned long long last = rig.energy_mj();
    for (int i = 0; i < 5000; ++i) {
      rig.pass_ns(kMillisecond);
      const unsigned long long energy = rig.energy_mj();
      if (energy == last) continue;
      EXPECT_NEAR(static_cast<double>(energy - last), static_cast<double>(tick_mj), 1) << model;
      edges.push_back(rig.now_ns());
      last = energy;
    }
    ASSERT_EQ(edges.size(), static_cast<std::size_t>(5 * kSecond / tick_ns)) << model;
    for (std::size_t i = 1; i < edges.size(); ++i) {
      EXPECT_EQ(edges[i] - edges[i - 1], tick_ns) << model;
    }
  }
}

TEST(Energy, gpus_tick_at_moments_of_their_own) {
  SimulatedMachineOptions options;
  options.gpus = 4;
  options.model = "RTX6000";
  options.tick_ms.reset();
  const DriverRig rig(options);
  rig.pass_ns(kSecond);
  std::array<unsigned long long, 4> energies{};
  for (unsigned i = 0; i < 4; ++i) energies.at(i) = rig.energy_mj(i);
  EXPECT_FALSE(energies[0] == energies[1] && energies[1] == energies[2] &&
               energies[2] == energies[3]);
}

TEST(Energy, the_counter_is_the_integral_of_the_power_within_a_tick) {
  SimulatedMachineOptions options;
  options.tick_ms.reset();
  options.time_noise = 0.02;
  options.power_noise = 0.01;
  options.settling_ms = 100;
  options.read_latency_ms = 0.3;
  options.write_latency_ms = 15;
  const DriverRig rig(options);
  for (unsigned limit = 250; limit >= 100; limit -= 25) {
    rig.set_limit_mw(limit * 1000);
    for (int i = 0; i < 20; ++i) {
      step(0);
      const Truth now = truth(0);
      const double counted = static_cast<double>(rig.energy_mj()) / 1000;
      // One tick at no more than the highest draw, and what is drawn during the reading.
      EXPECT_NEAR(counted, now.energy.value(), 0.0204 * 300);
    }
  }
  EXPECT_GT(truth(0).energy.value(), 1000);
}

TEST(Energy, the_counter_starts_where_the_scenario_says) {
  SimulatedMachineOptions options;
  options.json = R"({"gpus": [{"energy_start_mj": 123456789}]})";
  const DriverRig rig(options);
  EXPECT_EQ(rig.energy_mj(), 123'456'789U);
  EXPECT_EQ(truth(0).energy.value(), 0);
}

TEST(Energy, power_is_a_one_second_average_on_ampere_and_instantaneous_on_volta) {
  const SimpleCurve curve;
  for (const char* model : {"A40", "V100"}) {
    SimulatedMachineOptions options = curve.options();
    options.steps_per_epoch = 40;  // a quarter of a second each
    options.model = model;
    const DriverRig rig(options);
    rig.pass_ns(5 * kSecond);
    step(0);
    if (std::string(model) == "A40") {
      EXPECT_EQ(rig.power_mw(), 108'500U);  // 0.75 s of 78 W and 0.25 s of 200 W
      EXPECT_EQ(rig.field(NVML_FI_DEV_POWER_AVERAGE).value.uiVal, 108'500U);
      EXPECT_EQ(rig.field(NVML_FI_DEV_POWER_INSTANT).value.uiVal, 78'000U);
      for (int i = 0; i < 4; ++i) step(0);
      EXPECT_EQ(rig.power_mw(), 200'000U);
    } else {
      EXPECT_EQ(rig.power_mw(), 33'000U);
    }
  }
}

TEST(Energy, fields_carry_the_same_as_the_functions) {
  const DriverRig rig;
  rig.set_limit_mw(175'000);
  step(0);
  const std::array<unsigned, 9> ids{83, 191, 185, 186, 187, 188, 189, 190, 192};
  std::array<nvmlFieldValue_t, 9> values{};
  for (std::size_t i = 0; i < ids.size(); ++i) values.at(i).fieldId = ids.at(i);
  ASSERT_EQ(nvmlDeviceGetFieldValues(rig.gpu(), 9, values.data()), NVML_SUCCESS);
  EXPECT_EQ(values[0].valueType, NVML_VALUE_TYPE_UNSIGNED_LONG_LONG);
  EXPECT_EQ(values[0].value.ullVal, rig.energy_mj());
  EXPECT_EQ(values[1].value.ullVal, rig.energy_mj());
  EXPECT_EQ(values[2].nvmlReturn, NVML_ERROR_NOT_SUPPORTED);
  const std::array<unsigned, 6> expected{33'000, 100'000, 250'000, 250'000, 175'000, 175'000};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(values.at(i + 3).nvmlReturn, NVML_SUCCESS);
    EXPECT_EQ(values.at(i + 3).valueType, NVML_VALUE_TYPE_UNSIGNED_INT);
    EXPECT_EQ(values.at(i + 3).value.uiVal, expected.at(i)) << ids.at(i + 3);
  }
  for (const nvmlFieldValue_t& value : values) {
    EXPECT_EQ(value.timestamp, zeus_sim_clock_unix_ns() / 1000);
  }
  EXPECT_EQ(rig.field(5).nvmlReturn, NVML_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(rig.field(186, NVML_POWER_SCOPE_MODULE).nvmlReturn, NVML_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(rig.field(186, NVML_POWER_SCOPE_MEMORY).nvmlReturn, NVML_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(rig.field(186, 3).nvmlReturn, NVML_ERROR_INVALID_ARGUMENT);
}

TEST(Energy, a_field_query_tells_what_it_took) {
  SimulatedMachineOptions options;
  options.read_latency_ms = 4;
  const DriverRig rig(options);
  const long long before = rig.now_ns();
  std::array<nvmlFieldValue_t, 2> values{};
  values[0].fieldId = values[1].fieldId = NVML_FI_DEV_ENERGY;
  ASSERT_EQ(nvmlDeviceGetFieldValues(rig.gpu(), 2, values.data()), NVML_SUCCESS);
  EXPECT_EQ(rig.now_ns() - before, 4 * kMillisecond);
  EXPECT_EQ(values[0].latencyUsec, 2000);
}

TEST(Energy, a_busy_gpu_is_warmer) {
  const DriverRig rig;
  unsigned idle = 0;
  ASSERT_EQ(nvmlDeviceGetTemperature(rig.gpu(), NVML_TEMPERATURE_GPU, &idle), NVML_SUCCESS);
  EXPECT_EQ(idle, 33U);                   // 28 and 0.16 a watt
  for (int i = 0; i < 400; ++i) step(0);  // some minutes
  unsigned busy = 0;
  ASSERT_EQ(nvmlDeviceGetTemperature(rig.gpu(), NVML_TEMPERATURE_GPU, &busy), NVML_SUCCESS);
  EXPECT_EQ(busy, 64U);  // at 226.8 W
  nvmlTemperature_t temperature{nvmlTemperature_v1, NVML_TEMPERATURE_GPU, 0};
  ASSERT_EQ(nvmlDeviceGetTemperatureV(rig.gpu(), &temperature), NVML_SUCCESS);
  EXPECT_EQ(temperature.temperature, 64);
}

}  // namespace
}  // namespace simulator::testing
