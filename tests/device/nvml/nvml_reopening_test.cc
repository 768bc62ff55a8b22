// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Another library in the process calls nvmlShutdown while zeus holds a session.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/device/forked_child.h"
#include "tests/device/logged_lines.h"
#include "tests/device/simulated_driver.h"
#include "zeus/device/gpu_controls.h"
#include "zeus/device/nvml/nvml_devices.h"
#include "zeus/device/nvml/nvml_library.h"
#include "zeus/device/shared_library.h"
#include "zeus/error.h"

namespace zeus::nvml {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

// NVML as another library of the process uses it.
class OtherLibrary {
 public:
  Return init() const { return call("nvmlInit_v2"); }
  Return shut_down() const { return call("nvmlShutdown"); }
  [[nodiscard]] bool is_closed() const {
    unsigned count = 0;
    return reinterpret_cast<Return (*)(unsigned*)>(file_.symbol("nvmlDeviceGetCount_v2"))(&count) ==
           kUninitialized;
  }

 private:
  Return call(const char* function) const {
    return reinterpret_cast<Return (*)()>(file_.symbol(function))();
  }

  SharedLibrary file_{kLibraryName};
};

class NvmlReopening : public SimulatedDriver {
 protected:
  void TearDown() override { EXPECT_TRUE(other_.is_closed()) << "a session was left open"; }

  static std::vector<std::shared_ptr<Gpu>> open() {
    return open_gpus(std::make_shared<const Library>());
  }

  const OtherLibrary other_;
};

TEST_F(NvmlReopening, a_balanced_pair_of_another_library_changes_nothing) {
  const auto simulated = simulated_machine("{}");
  const LoggedLines logged;
  const auto gpus = open();
  EXPECT_EQ(other_.init(), kSuccess);
  EXPECT_EQ(other_.shut_down(), kSuccess);
  EXPECT_EQ(gpus[0]->power_limit(), Watts(250));
  EXPECT_THAT(logged.lines(), SizeIs(0));
}

TEST_F(NvmlReopening, every_use_goes_on_after_a_shutdown_too_many) {
  const auto simulated = simulated_machine(R"({"gpus": [{"model": "A40", "prior_limit_w": 225}]})");
  const auto gpus = open();
  Gpu& gpu = *gpus[0];
  const std::vector<std::function<void()>> uses = {
      [&] { static_cast<void>(gpu.power_limit_range()); },
      [&] { static_cast<void>(gpu.default_power_limit()); },
      [&] { EXPECT_EQ(gpu.power_limit(), Watts(225)); },
      [&] { static_cast<void>(gpu.enforced_power_limit()); },
      [&] { static_cast<void>(gpu.total_energy()); },
      [&] { static_cast<void>(gpu.instant_power()); },
      [&] { static_cast<void>(gpu.average_power()); },
      [&] { static_cast<void>(gpu.temperature()); },
      [&] { static_cast<void>(gpu.controls().persistence_mode()); },
      [&] { EXPECT_FALSE(gpu.controls().supported_memory_clocks().empty()); }};
  for (const auto& use : uses) {
    EXPECT_EQ(other_.shut_down(), kSuccess);
    EXPECT_TRUE(other_.is_closed());
    EXPECT_NO_THROW(use());
  }
}

TEST_F(NvmlReopening, a_limit_is_put_back_after_a_shutdown_too_many) {
  const auto simulated = simulated_machine(R"({"gpus": [{"prior_limit_w": 225}]})");
  const auto gpus = open();
  gpus[0]->set_power_limit(Watts(150));
  other_.shut_down();
  gpus[0]->set_power_limit(Watts(225));
  EXPECT_EQ(gpus[0]->power_limit(), Watts(225));
}

TEST_F(NvmlReopening, two_shutdowns_too_many_are_survived_as_one_is) {
  const auto simulated = simulated_machine(R"({"gpus": [{"prior_limit_w": 225}]})");
  const auto gpus = open();
  gpus[0]->set_power_limit(Watts(150));
  const Joules before = gpus[0]->total_energy();
  simulator::step(0U);
  EXPECT_EQ(other_.shut_down(), kSuccess);
  EXPECT_EQ(other_.shut_down(), kUninitialized);
  EXPECT_GT(gpus[0]->total_energy(), before);
  EXPECT_EQ(other_.shut_down(), kSuccess);
  gpus[0]->set_power_limit(Watts(225));
  EXPECT_EQ(gpus[0]->power_limit(), Watts(225));
}

TEST_F(NvmlReopening, a_library_that_inits_again_in_the_end_leaves_the_count_even) {
  const auto simulated = simulated_machine("{}");
  auto gpus = open();
  EXPECT_EQ(other_.shut_down(), kSuccess);
  EXPECT_EQ(gpus[0]->power_limit(), Watts(250));
  EXPECT_EQ(other_.init(), kSuccess);
  gpus.clear();
  EXPECT_TRUE(other_.is_closed());
}

TEST_F(NvmlReopening, it_is_told_once_a_session) {
  const auto simulated = simulated_machine("{}");
  const LoggedLines logged;
  const auto gpus = open();
  for (int time = 0; time < 3; ++time) {
    other_.shut_down();
    static_cast<void>(gpus[0]->power_limit());
  }
  ASSERT_THAT(logged.lines(), SizeIs(1));
  EXPECT_THAT(logged.lines()[0], AllOf(HasSubstr("zeus.device: "), HasSubstr("nvmlShutdown")));
}

TEST_F(NvmlReopening, where_the_driver_does_not_start_again_the_error_says_so) {
  const auto simulated = simulated_machine(
      R"({"faults": [{"function": "nvmlInit_v2", "call": 2, "count": 1, "code": 999}]})");
  const auto gpus = open();
  other_.shut_down();
  try {
    static_cast<void>(gpus[0]->power_limit());
    ADD_FAILURE() << "read";
  } catch (const ZeusGPUInitError& error) {
    EXPECT_EQ(error.code(), kUninitialized);
    EXPECT_EQ(error.call(), "nvmlDeviceGetPowerManagementLimit");
    EXPECT_THAT(error.what(), AllOf(HasSubstr("GPU 0"), HasSubstr("nvmlShutdown")));
  }
  EXPECT_EQ(gpus[0]->power_limit(), Watts(250));  // the next call tries again
}

TEST_F(NvmlReopening, a_call_that_fails_again_is_the_error_and_opens_nothing_more) {
  const auto simulated = simulated_machine(
      R"({"faults": [{"function": "nvmlDeviceGetPowerManagementLimit", "call": 2, "count": 2,
                      "code": 1}]})");
  const auto gpus = open();
  EXPECT_THROW(static_cast<void>(gpus[0]->power_limit()), ZeusGPUInitError);
  EXPECT_EQ(gpus[0]->power_limit(), Watts(250));
  // TearDown() finds the driver closed: no init was sent to a driver that was open.
}

TEST_F(NvmlReopening, threads_that_notice_at_once_open_one_session) {
  const auto simulated = simulated_machine(R"({"clock": "real"})");
  const auto gpus = open();
  std::vector<int> read(4);
  for (int round = 0; round < 25; ++round) {
    other_.shut_down();
    std::vector<std::jthread> threads;
    for (int& reads : read) {
      threads.emplace_back([&reads, &gpu = *gpus[0]] {
        for (int i = 0; i < 4; ++i) reads += gpu.power_limit() == Watts(250) ? 1 : 0;
      });
    }
  }
  EXPECT_THAT(read, Each(100));
  EXPECT_EQ(other_.shut_down(), kSuccess);
  EXPECT_TRUE(other_.is_closed());
}

TEST_F(NvmlReopening, a_forked_child_opens_nothing_for_its_parent) {
  const auto simulated = simulated_machine(R"({"clock": "real"})");
  const auto gpus = open();
  EXPECT_EQ(in_a_child([&] {
              if (!other_.is_closed()) return 1;
              try {
                gpus[0]->set_power_limit(Watts(150));
                return 2;
              } catch (const ZeusForkError&) {
              }
              return other_.is_closed() ? 0 : 3;
            }),
            0);
  EXPECT_EQ(gpus[0]->power_limit(), Watts(250));
}

}  // namespace
}  // namespace zeus::nvml
