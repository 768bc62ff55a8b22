// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_gpu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/device/simulated_driver.h"
#include "zeus/device/nvml/nvml_library.h"
#include "zeus/error.h"

namespace zeus::nvml {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::ThrowsMessage;

using NvmlGpuTest = SimulatedDriver;

std::unique_ptr<NvmlGpu> open_first() {
  return std::make_unique<NvmlGpu>(std::make_shared<const Library>(), 0);
}

TEST_F(NvmlGpuTest, a_gpu_tells_who_it_is_and_what_it_has) {
  const auto simulated = simulated_machine("{}");
  const auto gpu = open_first();
  const GpuInfo& info = gpu->info();
  EXPECT_EQ(info.name, "Tesla V100-PCIE-32GB");
  EXPECT_THAT(info.uuid, StartsWith("GPU-"));
  EXPECT_THAT(info.pci_address, testing::MatchesRegex("........:..:..\\.0"));
  EXPECT_EQ(info.architecture, "Volta");
  EXPECT_EQ(info.counter_period, Seconds(0.02));
  EXPECT_FALSE(info.partitioned);
  EXPECT_TRUE(info.has.energy_counter);
  EXPECT_TRUE(info.has.instant_power);
  EXPECT_FALSE(info.has.average_power);  // Volta gives instantaneous power only
  EXPECT_TRUE(info.has.temperature);
  EXPECT_TRUE(info.has.power_limit);
  EXPECT_TRUE(info.has.default_power_limit);
  EXPECT_TRUE(info.has.enforced_power_limit);
}

TEST_F(NvmlGpuTest, the_limits_are_those_of_the_driver) {
  const auto simulated = simulated_machine(
      R"({"gpus": [{"model": "A40", "prior_limit_w": 250.5, "enforced_limit_w": 220.25}]})");
  const auto gpu = open_first();
  EXPECT_EQ(gpu->power_limit_range(), (PowerLimitRange{Watts(100), Watts(300)}));
  EXPECT_EQ(gpu->default_power_limit(), Watts(300));
  EXPECT_EQ(gpu->power_limit(), Watts(250.5));
  EXPECT_EQ(gpu->enforced_power_limit(), Watts(220.25));
}

TEST_F(NvmlGpuTest, a_limit_that_is_set_is_read_back_to_the_milliwatt) {
  const auto simulated = simulated_machine("{}");
  const auto gpu = open_first();
  for (const double watts : {100.0, 250.0, 187.5, 123.456, 199.999, 200.0004}) {
    gpu->set_power_limit(Watts(watts));
    EXPECT_TRUE(same_limit(gpu->power_limit(), Watts(watts))) << watts;
    EXPECT_TRUE(same_limit(gpu->enforced_power_limit(), Watts(watts))) << watts;
  }
}

TEST_F(NvmlGpuTest, a_limit_out_of_range_is_refused_not_clamped) {
  const auto simulated = simulated_machine("{}");
  const auto gpu = open_first();
  gpu->set_power_limit(Watts(200));
  for (const double watts :
       {99.999, 250.001, 0.0, -1.0, 1e9, 1e300, std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::quiet_NaN()}) {
    try {
      gpu->set_power_limit(Watts(watts));
      ADD_FAILURE() << watts << " W was accepted";
    } catch (const ZeusGPUInvalidArgError& error) {
      EXPECT_EQ(error.code(), kInvalidArgument);
      EXPECT_EQ(error.call(), "nvmlDeviceSetPowerManagementLimit");
      EXPECT_THAT(error.what(), AllOf(HasSubstr("100 to 250 W"), Not(HasSubstr("\n"))));
    }
    EXPECT_EQ(gpu->power_limit(), Watts(200)) << watts;
  }
}

TEST_F(NvmlGpuTest, without_the_right_to_write_even_the_same_limit_is_refused) {
  const auto simulated = simulated_machine(R"({"gpus": [{"writable": false}]})");
  const auto gpu = open_first();
  const Watts there = gpu->power_limit();
  try {
    gpu->set_power_limit(there);
    ADD_FAILURE() << "written";
  } catch (const ZeusGPUNoPermissionError& error) {
    EXPECT_EQ(error.code(), kNoPermission);
    EXPECT_EQ(error.call(), "nvmlDeviceSetPowerManagementLimit");
    EXPECT_THAT(error.what(), AllOf(HasSubstr("CAP_SYS_ADMIN"), HasSubstr(gpu->info().uuid),
                                    HasSubstr("Insufficient Permissions")));
  }
}

// Laptops show a limit and refuse to set it.
TEST_F(NvmlGpuTest, a_limit_that_cannot_be_set_is_an_error_that_says_what_works) {
  const auto simulated = simulated_machine(
      R"({"faults": [{"function": "nvmlDeviceSetPowerManagementLimit", "code": 3}]})");
  const auto gpu = open_first();
  EXPECT_EQ(gpu->power_limit(), Watts(250));
  EXPECT_THAT([&] { gpu->set_power_limit(Watts(200)); },
              ThrowsMessage<ZeusGPUNotSupportedError>(
                  AllOf(HasSubstr("can't be set"), HasSubstr("it can only be measured"))));
}

TEST_F(NvmlGpuTest, the_counter_tells_the_energy_of_a_step) {
  const auto simulated = simulated_machine("{}");
  const auto gpu = open_first();
  const Joules before = gpu->total_energy();
  const Joules true_before = simulator::truth(0).energy;
  for (int i = 0; i < 10; ++i) simulator::step(0U);
  const Joules used = gpu->total_energy() - before;
  const Joules truly_used = simulator::truth(0).energy - true_before;
  EXPECT_GT(used.value(), 1.0);
  EXPECT_NEAR(used.value(), truly_used.value(), 0.002);  // whole millijoules at both ends
}

TEST_F(NvmlGpuTest, an_idle_gpu_draws_idle_power_and_has_a_temperature) {
  const auto simulated = simulated_machine(R"({"gpus": [{"model": "A40"}]})");
  const auto gpu = open_first();
  EXPECT_NEAR(gpu->instant_power().value(), simulator::truth(0).power.value(), 0.01);
  EXPECT_NEAR(gpu->average_power().value(), simulator::truth(0).power.value(), 0.01);
  EXPECT_GT(gpu->temperature(), Celsius(10));
  EXPECT_LT(gpu->temperature(), Celsius(100));
}

TEST_F(NvmlGpuTest, a_gpu_from_before_volta_has_no_counter) {
  const auto simulated = simulated_machine(R"({"gpus": [{"model": "P100"}]})");
  const auto gpu = open_first();
  EXPECT_EQ(gpu->info().architecture, "Pascal");
  EXPECT_FALSE(gpu->info().has.energy_counter);
  EXPECT_TRUE(gpu->info().has.instant_power);
  try {
    static_cast<void>(gpu->total_energy());
    ADD_FAILURE() << "has a counter";
  } catch (const ZeusGPUNotSupportedError& error) {
    EXPECT_EQ(error.code(), kNotSupported);
    EXPECT_EQ(error.call(), "nvmlDeviceGetTotalEnergyConsumption");
  }
}

TEST_F(NvmlGpuTest, the_clock_and_what_holds_it_down_are_read) {
  const auto simulated = simulated_machine("{}");
  const auto gpu = open_first();
  EXPECT_EQ(gpu->clock_reasons(), ClockReasons{.idle = true});
  ASSERT_TRUE(gpu->clock());
  EXPECT_GT(*gpu->clock(), MegaHertz(0));
  EXPECT_LE(*gpu->clock(), MegaHertz(3000));
}

TEST_F(NvmlGpuTest, reasons_are_told_in_the_words_of_any_vendor) {
  struct Case {
    unsigned bits;
    ClockReasons reasons;
  };
  for (const auto& [bits, reasons] : std::vector<Case>{{0x4, {.idle = true, .power_limit = true}},
                                                       {0x8, {.idle = true, .hardware = true}},
                                                       {0x20, {.idle = true, .temperature = true}},
                                                       {0x40, {.idle = true, .temperature = true}},
                                                       {0x80, {.idle = true, .hardware = true}},
                                                       {0x2 | 0x10 | 0x100, {.idle = true}}}) {
    const auto simulated =
        simulated_machine(R"({"faults": [{"event_reasons": )" + std::to_string(bits) + "}]}");
    EXPECT_EQ(open_first()->clock_reasons(), reasons) << bits;
  }
}

TEST_F(NvmlGpuTest, a_clock_that_the_driver_does_not_tell_is_nothing) {
  for (const std::string code : {"3", "13"}) {
    const auto simulated = simulated_machine(
        R"({"faults": [{"function": "nvmlDeviceGetClockInfo", "code": )" + code +
        R"(}, {"function": "nvmlDeviceGetCurrentClocksEventReasons", "code": )" + code + "}]}");
    const auto gpu = open_first();
    EXPECT_FALSE(gpu->clock()) << code;
    EXPECT_FALSE(gpu->clock_reasons()) << code;
  }
}

TEST_F(NvmlGpuTest, a_clock_that_cannot_be_read_is_an_error) {
  const auto simulated = simulated_machine(
      R"({"faults": [{"function": "nvmlDeviceGetClockInfo", "code": 15},
                     {"function": "nvmlDeviceGetCurrentClocksEventReasons", "code": 15}]})");
  const auto gpu = open_first();
  EXPECT_THROW(static_cast<void>(gpu->clock()), ZeusGPULostError);
  EXPECT_THROW(static_cast<void>(gpu->clock_reasons()), ZeusGPULostError);
}

TEST_F(NvmlGpuTest, the_command_that_restores_a_limit_names_the_gpu_by_uuid) {
  const auto simulated = simulated_machine(R"({"gpus": [{"uuid": "GPU-aa00"}]})");
  const auto gpu = open_first();
  EXPECT_EQ(gpu->restore_command(Watts(250)), "sudo nvidia-smi -i GPU-aa00 -pl 250");
  EXPECT_EQ(gpu->restore_command(Watts(187.5)), "sudo nvidia-smi -i GPU-aa00 -pl 187.5");
}

TEST_F(NvmlGpuTest, mig_mode_is_seen) {
  const auto simulated = simulated_machine(R"({"gpus": [{"model": "A40", "mig": true}]})");
  const auto gpu = open_first();
  ASSERT_TRUE(gpu->info().partitioned);
  EXPECT_THAT(gpu->info().partitioned->what, HasSubstr("MIG mode"));
  EXPECT_EQ(gpu->info().partitioned->command, "sudo nvidia-smi -i " + gpu->info().uuid + " -mig 0");
}

TEST_F(NvmlGpuTest, without_field_values_power_usage_is_instant_on_volta) {
  const auto simulated =
      simulated_machine(R"({"faults": [{"function": "nvmlDeviceGetFieldValues", "code": 3}]})");
  const auto gpu = open_first();
  EXPECT_TRUE(gpu->info().has.instant_power);
  EXPECT_FALSE(gpu->info().has.average_power);
  EXPECT_NEAR(gpu->instant_power().value(), simulator::truth(0).power.value(), 0.01);
  EXPECT_THROW(static_cast<void>(gpu->average_power()), ZeusGPUNotSupportedError);
}

TEST_F(NvmlGpuTest, without_field_values_power_usage_is_an_average_on_ampere) {
  const auto simulated = simulated_machine(R"({"gpus": [{"model": "A40"}],
      "faults": [{"function": "nvmlDeviceGetFieldValues", "field": 185, "code": 3},
                 {"function": "nvmlDeviceGetFieldValues", "field": 186, "code": 2}]})");
  const auto gpu = open_first();
  EXPECT_FALSE(gpu->info().has.instant_power);
  EXPECT_TRUE(gpu->info().has.average_power);
  EXPECT_NEAR(gpu->average_power().value(), simulator::truth(0).power.value(), 0.01);
  EXPECT_THROW(static_cast<void>(gpu->instant_power()), ZeusGPUNotSupportedError);
}

TEST_F(NvmlGpuTest, a_failure_while_probing_does_not_take_a_quantity_away) {
  const auto simulated = simulated_machine(R"({"faults": [
      {"function": "nvmlDeviceGetTotalEnergyConsumption", "code": 10, "count": 1},
      {"function": "nvmlDeviceGetPowerManagementLimit", "code": 999, "count": 1},
      {"function": "nvmlDeviceGetTemperatureV", "code": 10, "count": 1}]})");
  const auto gpu = open_first();
  EXPECT_TRUE(gpu->info().has.energy_counter);
  EXPECT_TRUE(gpu->info().has.power_limit);
  EXPECT_TRUE(gpu->info().has.temperature);
  EXPECT_GE(gpu->total_energy(), Joules(0));
  EXPECT_EQ(gpu->power_limit(), Watts(250));
  EXPECT_GT(gpu->temperature(), Celsius(0));
}

TEST_F(NvmlGpuTest, the_older_temperature_function_serves_where_the_newer_does_not) {
  for (const std::string code : {"3", "13", "25"}) {
    const auto simulated = simulated_machine(
        R"({"faults": [{"function": "nvmlDeviceGetTemperatureV", "code": )" + code + "}]}");
    const auto gpu = open_first();
    EXPECT_TRUE(gpu->info().has.temperature) << code;
    EXPECT_GT(gpu->temperature(), Celsius(0)) << code;
  }
}

TEST_F(NvmlGpuTest, an_index_beyond_the_last_gpu_does_not_open) {
  const auto simulated = simulated_machine("{}");
  EXPECT_THROW(NvmlGpu(std::make_shared<const Library>(), 1), ZeusGPUInvalidArgError);
}

TEST_F(NvmlGpuTest, threads_may_read_and_set_one_gpu_at_once) {
  const auto simulated = simulated_machine(R"({"clock": "real"})");
  const auto gpu = open_first();
  std::vector<int> sound(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < sound.size(); ++t) {
      threads.emplace_back([&, t] {
        Joules last;
        for (int i = 0; i < 200; ++i) {
          if (t == 0) gpu->set_power_limit(Watts(100 + i % 150));
          const Joules energy = gpu->total_energy();
          if (energy >= last && gpu->power_limit_range().contains(gpu->power_limit()) &&
              gpu->instant_power() > Watts(0)) {
            ++sound[t];
          }
          last = energy;
        }
      });
    }
  }
  EXPECT_THAT(sound, testing::Each(200));
}

}  // namespace
}  // namespace zeus::nvml
