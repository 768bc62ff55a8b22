// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/nvml/nvml_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/device/forked_child.h"
#include "zeus/device/nvml/nvml_devices.h"
#include "zeus/device/shared_library.h"
#include "zeus/error.h"

namespace zeus::nvml {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

int open_sessions(const std::string& driver) {
  const SharedLibrary library(driver);
  return reinterpret_cast<int (*)()>(library.symbol("odd_driver_open_sessions"))();
}

TEST(SharedLibrary, a_moved_from_library_has_no_symbols) {
  SharedLibrary first(OLD_DRIVER);
  EXPECT_NE(first.symbol("nvmlInit_v2"), nullptr);
  SharedLibrary second(std::move(first));
  EXPECT_NE(second.symbol("nvmlInit_v2"), nullptr);
  EXPECT_EQ(second.path(), OLD_DRIVER);
  EXPECT_EQ(first.symbol("nvmlInit_v2"), nullptr);  // NOLINT(bugprone-use-after-move)
  first = std::move(second);
  EXPECT_NE(first.symbol("nvmlInit_v2"), nullptr);
  EXPECT_EQ(second.symbol("nvmlInit_v2"), nullptr);  // NOLINT(bugprone-use-after-move)
}

TEST(SharedLibrary, a_function_that_is_not_there_has_no_address) {
  EXPECT_EQ(SharedLibrary(OLD_DRIVER).symbol("nvmlNoSuchFunction"), nullptr);
}

TEST(NvmlLibrary, a_missing_library_is_told_by_name_with_what_to_do) {
  try {
    const Library library("libnvidia-ml-that-is-not-there.so.1");
    ADD_FAILURE() << "loaded " << library.driver_version();
  } catch (const ZeusGPUInitError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("libnvidia-ml-that-is-not-there.so.1"),
                                    HasSubstr("No such file"), HasSubstr("install the driver")));
    EXPECT_EQ(error.code(), 0);
  }
}

TEST(NvmlLibrary, another_vendors_library_is_refused_uncalled_naming_file_and_function) {
  try {
    const Library library(OTHER_VENDOR_DRIVER);
    ADD_FAILURE() << "accepted";
  } catch (const ZeusGPUInitError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(OTHER_VENDOR_DRIVER), HasSubstr("nvmlDeviceGetCount_v2")));
  }
}

TEST(NvmlLibrary, an_old_driver_lacks_what_it_has_no_function_for) {
  const auto library = std::make_shared<const Library>(OLD_DRIVER);
  EXPECT_EQ(library->driver_version(), "");
  const auto gpus = open_gpus(library);
  ASSERT_THAT(gpus, SizeIs(2));
  const GpuInfo& info = gpus[0]->info();
  EXPECT_EQ(info.name, "Odd GPU");
  EXPECT_EQ(info.uuid, "GPU-0dd");
  EXPECT_EQ(info.pci_address, "");
  EXPECT_EQ(info.architecture, "unknown");
  EXPECT_FALSE(info.partitioned);
  EXPECT_FALSE(info.has.energy_counter);
  EXPECT_FALSE(info.has.power_limit);
  EXPECT_FALSE(info.has.default_power_limit);
  EXPECT_FALSE(info.has.enforced_power_limit);
  EXPECT_FALSE(info.has.instant_power);
  EXPECT_TRUE(info.has.average_power);
  EXPECT_TRUE(info.has.temperature);
  EXPECT_EQ(gpus[0]->average_power(), Watts(71.5));
  EXPECT_EQ(gpus[0]->temperature(), Celsius(41));
  EXPECT_FALSE(gpus[0]->clock());
  EXPECT_FALSE(gpus[0]->clock_reasons());
  EXPECT_THROW(static_cast<void>(gpus[0]->instant_power()), ZeusGPUNotSupportedError);
  EXPECT_THROW(gpus[0]->set_power_limit(Watts(100)), ZeusGPUNotSupportedError);
  try {
    static_cast<void>(gpus[0]->total_energy());
    ADD_FAILURE() << "has a counter";
  } catch (const ZeusGPUNotSupportedError& error) {
    EXPECT_EQ(error.code(), kNotSupported);
    EXPECT_EQ(error.call(), "nvmlDeviceGetTotalEnergyConsumption");
    EXPECT_THAT(error.what(), HasSubstr("GPU 0 (Odd GPU, GPU-0dd)"));
  }
}

TEST(NvmlLibrary, power_is_the_modules_where_the_gpu_alone_has_none) {
  const auto gpus = open_gpus(std::make_shared<const Library>(GRACE_HOPPER_DRIVER));
  EXPECT_EQ(gpus[0]->info().architecture, "Hopper");
  EXPECT_EQ(gpus[0]->instant_power(), Watts(612.345));
  EXPECT_EQ(gpus[0]->average_power(), Watts(598));
}

TEST(NvmlLibrary, a_lost_gpu_keeps_its_place_and_hides_no_other) {
  const auto gpus = open_gpus(std::make_shared<const Library>(OLD_DRIVER));
  ASSERT_THAT(gpus, SizeIs(2));
  EXPECT_FALSE(gpus[0]->info().unavailable);
  ASSERT_TRUE(gpus[1]->info().unavailable);
  EXPECT_THAT(gpus[1]->info().unavailable->what, HasSubstr("GPU 1"));
  EXPECT_EQ(gpus[0]->temperature(), Celsius(41));
  EXPECT_EQ(gpus[1]->info().uuid, "");
  const std::vector<void (*)(Gpu&)> uses = {
      [](Gpu& gpu) { static_cast<void>(gpu.power_limit_range()); },
      [](Gpu& gpu) { static_cast<void>(gpu.default_power_limit()); },
      [](Gpu& gpu) { static_cast<void>(gpu.power_limit()); },
      [](Gpu& gpu) { static_cast<void>(gpu.enforced_power_limit()); },
      [](Gpu& gpu) { gpu.set_power_limit(Watts(100)); },
      [](Gpu& gpu) { static_cast<void>(gpu.total_energy()); },
      [](Gpu& gpu) { static_cast<void>(gpu.instant_power()); },
      [](Gpu& gpu) { static_cast<void>(gpu.average_power()); },
      [](Gpu& gpu) { static_cast<void>(gpu.temperature()); },
      [](Gpu& gpu) { static_cast<void>(gpu.clock()); },
      [](Gpu& gpu) { static_cast<void>(gpu.clock_reasons()); }};
  for (const auto use : uses) {
    try {
      use(*gpus[1]);
      ADD_FAILURE() << "a lost GPU answered";
    } catch (const ZeusGPULostError& error) {
      EXPECT_EQ(error.code(), kGpuIsLost);
      EXPECT_EQ(error.call(), "nvmlDeviceGetHandleByIndex_v2");
      EXPECT_THAT(error.what(), HasSubstr("GPU 1"));
    }
  }
}

TEST(NvmlLibrary, the_session_ends_with_the_last_gpu_and_not_before) {
  std::vector<std::shared_ptr<Gpu>> gpus;
  {
    const auto library = std::make_shared<const Library>(OLD_DRIVER);
    gpus = open_gpus(library);
    EXPECT_EQ(open_sessions(OLD_DRIVER), 1);
  }
  EXPECT_EQ(open_sessions(OLD_DRIVER), 1);
  EXPECT_EQ(gpus[0]->average_power(), Watts(71.5));
  gpus.clear();
  EXPECT_EQ(open_sessions(OLD_DRIVER), 0);
}

TEST(NvmlLibrary, sessions_are_counted) {
  auto first = std::make_unique<Library>(OLD_DRIVER);
  const auto second = std::make_shared<const Library>(OLD_DRIVER);
  EXPECT_EQ(open_sessions(OLD_DRIVER), 2);
  first.reset();
  EXPECT_EQ(open_sessions(OLD_DRIVER), 1);
  EXPECT_EQ(open_gpus(second)[0]->temperature(), Celsius(41));
}

TEST(NvmlLibrary, a_session_that_was_shut_down_by_others_is_opened_again_with_new_handles) {
  const auto gpus = open_gpus(std::make_shared<const Library>(NEW_HANDLES_DRIVER));
  const SharedLibrary others(NEW_HANDLES_DRIVER);
  const auto shut_down = reinterpret_cast<int (*)()>(others.symbol("nvmlShutdown"));
  EXPECT_EQ(gpus[0]->average_power(), Watts(71.5));
  for (int time = 0; time < 3; ++time) {
    shut_down();
    EXPECT_EQ(gpus[0]->average_power(), Watts(71.5));
    EXPECT_EQ(open_sessions(NEW_HANDLES_DRIVER), 1);
  }
}

TEST(NvmlLibrary, handles_are_looked_up_again_in_every_session_of_the_process) {
  const auto first = open_gpus(std::make_shared<const Library>(NEW_HANDLES_DRIVER));
  const auto second = open_gpus(std::make_shared<const Library>(NEW_HANDLES_DRIVER));
  const SharedLibrary others(NEW_HANDLES_DRIVER);
  const auto shut_down = reinterpret_cast<int (*)()>(others.symbol("nvmlShutdown"));
  shut_down();
  shut_down();
  EXPECT_EQ(first[0]->average_power(), Watts(71.5));
  EXPECT_EQ(second[0]->average_power(), Watts(71.5));  // it never saw that the driver was shut down
}

TEST(NvmlLibrary, a_forked_child_gets_an_error_and_shuts_nothing_down) {
  auto gpus = open_gpus(std::make_shared<const Library>(OLD_DRIVER));
  EXPECT_EQ(in_a_child([&] {
              int refusals = 0;
              try {
                static_cast<void>(gpus[0]->temperature());
              } catch (const ZeusForkError&) {
                ++refusals;
              }
              try {
                gpus[0]->set_power_limit(Watts(100));
              } catch (const ZeusForkError&) {
                ++refusals;
              }
              gpus.clear();
              return refusals == 2 && open_sessions(OLD_DRIVER) == 1 ? 0 : 1;
            }),
            0);
  EXPECT_EQ(gpus[0]->temperature(), Celsius(41));
}

TEST(NvmlLibrary, a_forked_child_may_open_a_session_of_its_own) {
  const auto parents = open_gpus(std::make_shared<const Library>(OLD_DRIVER));
  EXPECT_EQ(in_a_child([] {
              auto own = open_gpus(std::make_shared<const Library>(OLD_DRIVER));
              const bool works = own[0]->temperature() == Celsius(41);
              own.clear();
              return works && open_sessions(OLD_DRIVER) == 1 ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace zeus::nvml
