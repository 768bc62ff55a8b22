// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Every code of NVML from every function that the library calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/device/nvml/error_classes.h"
#include "tests/device/simulated_driver.h"
#include "zeus/device/nvml/nvml_devices.h"
#include "zeus/device/nvml/nvml_library.h"
#include "zeus/error.h"
#include "zeus/machine.h"

namespace zeus::nvml {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using NvmlFailures = SimulatedDriver;
using Use = std::function<void(Gpu&)>;

// A scenario in which `function` answers one code after the other, from its `first`-th call on.
std::string one_code_after_the_other(const std::string& function, int first,
                                     const std::string& more = "") {
  std::string faults;
  for (const auto& [code, is_class] : error_classes()) {
    // A call that is answered with UNINITIALIZED is repeated; a field of it is not.
    const int count = code == kUninitialized && more.empty() ? 2 : 1;
    if (!faults.empty()) faults += ", ";
    faults += R"({"function": ")" + function + R"(", "call": )" + std::to_string(first);
    faults += R"(, "count": )" + std::to_string(count);
    faults += R"(, "code": )" + std::to_string(code);
    faults += more;
    faults += "}";
    first += count;
  }
  return R"({"gpus": [{"model": "A40"}], "faults": [)" + faults + "]}";
}

void expect_failure(const Use& use, Gpu& gpu, int code, const std::string& call) {
  try {
    use(gpu);
    ADD_FAILURE() << call << " with code " << code << " threw nothing";
  } catch (const ZeusBaseGPUError& error) {
    EXPECT_TRUE(error_classes().at(code)(error)) << call << ", code " << code;
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.call(), call);
    EXPECT_THAT(error.what(), HasSubstr(call));
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
  }
}

struct Reading {
  std::string function;
  int calls_at_opening;
  Use use;
  std::string more;  // keys of the fault
};

const std::vector<Reading>& readings() {
  static const std::vector<Reading> all = {
      {"nvmlDeviceGetPowerManagementLimitConstraints", 1,
       [](Gpu& gpu) { static_cast<void>(gpu.power_limit_range()); }, ""},
      {"nvmlDeviceGetPowerManagementDefaultLimit", 1,
       [](Gpu& gpu) { static_cast<void>(gpu.default_power_limit()); }, ""},
      {"nvmlDeviceGetPowerManagementLimit", 1,
       [](Gpu& gpu) { static_cast<void>(gpu.power_limit()); }, ""},
      {"nvmlDeviceGetEnforcedPowerLimit", 1,
       [](Gpu& gpu) { static_cast<void>(gpu.enforced_power_limit()); }, ""},
      {"nvmlDeviceSetPowerManagementLimit", 0, [](Gpu& gpu) { gpu.set_power_limit(Watts(200)); },
       ""},
      {"nvmlDeviceGetTotalEnergyConsumption", 1,
       [](Gpu& gpu) { static_cast<void>(gpu.total_energy()); }, ""},
      {"nvmlDeviceGetFieldValues", 1, [](Gpu& gpu) { static_cast<void>(gpu.instant_power()); },
       R"(, "field": 186)"},
      {"nvmlDeviceGetFieldValues", 1, [](Gpu& gpu) { static_cast<void>(gpu.average_power()); },
       R"(, "field": 185)"},
      {"nvmlDeviceGetFieldValues", 2, [](Gpu& gpu) { static_cast<void>(gpu.average_power()); }, ""},
      {"nvmlDeviceGetTemperatureV", 1, [](Gpu& gpu) { static_cast<void>(gpu.temperature()); }, ""},
  };
  return all;
}

TEST_F(NvmlFailures, every_code_from_every_reading_is_its_error_and_passes) {
  int combinations = 0;
  for (const Reading& reading : readings()) {
    const auto simulated = simulated_machine(
        one_code_after_the_other(reading.function, reading.calls_at_opening + 1, reading.more));
    const auto gpus = open_gpus(std::make_shared<const Library>());
    ASSERT_THAT(gpus, SizeIs(1));
    for (const auto& [code, is_class] : error_classes()) {
      expect_failure(reading.use, *gpus[0], code, reading.function);
      ++combinations;
    }
    EXPECT_NO_THROW(reading.use(*gpus[0])) << reading.function;
    EXPECT_EQ(gpus[0]->power_limit(),
              Watts(reading.function == "nvmlDeviceSetPowerManagementLimit" ? 200 : 300));
  }
  std::printf("readings x codes: %d combinations\n", combinations);
}

TEST_F(NvmlFailures, every_code_from_power_usage_is_its_error) {
  std::string scenario = one_code_after_the_other("nvmlDeviceGetPowerUsage", 2);
  scenario.insert(scenario.rfind(']'), R"(, {"function": "nvmlDeviceGetFieldValues", "code": 3})");
  const auto simulated = simulated_machine(scenario);
  const auto gpus = open_gpus(std::make_shared<const Library>());
  for (const auto& [code, is_class] : error_classes()) {
    expect_failure([](Gpu& gpu) { static_cast<void>(gpu.average_power()); }, *gpus[0], code,
                   "nvmlDeviceGetPowerUsage");
  }
  EXPECT_GT(gpus[0]->average_power(), Watts(0));
}

// What a device must tell about itself: without, it keeps its place and throws on use.
TEST_F(NvmlFailures, every_code_at_opening_is_thrown_by_every_use_later) {
  int combinations = 0;
  for (const std::string function :
       {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetUUID", "nvmlDeviceGetName",
        "nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetArchitecture", "nvmlDeviceGetMigMode"}) {
    const bool may_be_absent = function == "nvmlDeviceGetPciInfo_v3" ||
                               function == "nvmlDeviceGetArchitecture" ||
                               function == "nvmlDeviceGetMigMode";
    const auto simulated = simulated_machine(one_code_after_the_other(function, 1));
    // Holds the session, and with it the count of calls, over all openings.
    const auto library = std::make_shared<const Library>();
    for (const auto& [code, is_class] : error_classes()) {
      const auto gpus = open_gpus(library);
      ASSERT_THAT(gpus, SizeIs(1));
      ++combinations;
      if (may_be_absent && (code == kNotSupported || code == kFunctionNotFound)) {
        EXPECT_FALSE(gpus[0]->info().unavailable);
        EXPECT_EQ(gpus[0]->power_limit(), Watts(300));
        continue;
      }
      ASSERT_TRUE(gpus[0]->info().unavailable);
      EXPECT_THAT(gpus[0]->info().unavailable->what, HasSubstr(function));
      EXPECT_EQ(gpus[0]->info().uuid, "");
      for (const Reading& reading : readings()) {
        expect_failure(reading.use, *gpus[0], code, function);
      }
    }
    EXPECT_EQ(open_gpus(library)[0]->power_limit(), Watts(300)) << function;
  }
  std::printf("opening x codes: %d combinations\n", combinations);
}

TEST_F(NvmlFailures, every_code_while_probing_leaves_a_gpu_that_opens) {
  int combinations = 0;
  for (const Reading& reading : readings()) {
    if (reading.calls_at_opening == 0) continue;
    const auto simulated =
        simulated_machine(one_code_after_the_other(reading.function, 1, reading.more));
    const auto library = std::make_shared<const Library>();
    for (std::size_t i = 0; i < error_classes().size(); ++i) {
      const auto gpus = open_gpus(library);
      ASSERT_THAT(gpus, SizeIs(1));
      EXPECT_EQ(gpus[0]->info().name, "NVIDIA A40");
      ++combinations;
    }
  }
  std::printf("probing x codes: %d combinations\n", combinations);
}

TEST_F(NvmlFailures, every_code_from_init_or_the_count_is_a_machine_without_driver) {
  for (const std::string function : {"nvmlInit_v2", "nvmlDeviceGetCount_v2"}) {
    for (const auto& [code, is_class] : error_classes()) {
      const auto simulated = simulated_machine(R"({"faults": [{"function": ")" + function +
                                               R"(", "code": )" + std::to_string(code) + "}]}");
      const Machine machine(MachineOptions{});
      EXPECT_THAT(machine.problem(), HasSubstr(function));
      // A driver that isn't loaded is no failure: it is not there.
      EXPECT_EQ(machine.driver_failure(), code == kDriverNotLoaded ? "" : machine.problem());
      EXPECT_THAT(machine.gpus_if_any(), IsEmpty());
      EXPECT_THAT(machine.all_gpus(), IsEmpty());
      try {
        static_cast<void>(machine.gpus());
        ADD_FAILURE() << function << " with code " << code << " was no problem";
      } catch (const ZeusGPUInitError& error) {
        EXPECT_EQ(error.code(), code);
        EXPECT_EQ(error.call(), function);
      }
    }
  }
}

TEST_F(NvmlFailures, a_driver_that_does_not_tell_its_version_is_still_a_driver) {
  const auto simulated =
      simulated_machine(one_code_after_the_other("nvmlSystemGetDriverVersion", 1));
  const Library library;
  for (std::size_t i = 0; i < error_classes().size(); ++i) EXPECT_EQ(library.driver_version(), "");
  EXPECT_NE(library.driver_version(), "");
}

TEST_F(NvmlFailures, a_failing_shutdown_is_silent) {
  const auto simulated =
      simulated_machine(R"({"faults": [{"function": "nvmlShutdown", "code": 999, "count": 1}]})");
  { const Library library; }
  // That one didn't count: end its session, for the tests after this one.
  const Library library;
  library.functions().shutdown.address();
}

}  // namespace
}  // namespace zeus::nvml
