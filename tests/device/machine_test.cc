// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "tests/device/forked_child.h"
#include "tests/device/logged_lines.h"
#include "tests/device/simulated_driver.h"
#include "zeus/error.h"

namespace zeus {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using MachineTest = SimulatedDriver;

constexpr const char* kFourGpus = R"({"gpus": [
    {"uuid": "GPU-aa00"}, {"uuid": "GPU-ab00"}, {"uuid": "GPU-ba00"}, {"uuid": "GPU-bb00"}]})";
constexpr const char* kMixedGpus = R"({"gpus": [{"model": "V100"}, {"model": "A40"}]})";

Machine machine_seeing(const std::string& visible_devices) {
  return Machine(MachineOptions{visible_devices, std::nullopt});
}

std::vector<std::string> uuids(const std::vector<VisibleGpu>& gpus) {
  std::vector<std::string> result;
  result.reserve(gpus.size());
  for (const VisibleGpu& gpu : gpus) result.push_back(gpu.gpu->info().uuid);
  return result;
}

std::vector<int> indices(const std::vector<VisibleGpu>& gpus) {
  std::vector<int> result;
  result.reserve(gpus.size());
  for (const VisibleGpu& gpu : gpus) result.push_back(gpu.index);
  return result;
}

TEST_F(MachineTest, gpus_come_in_the_drivers_order) {
  const auto simulated = simulated_machine(kFourGpus);
  const Machine machine(MachineOptions{});
  EXPECT_THAT(uuids(machine.gpus()), ElementsAre("GPU-aa00", "GPU-ab00", "GPU-ba00", "GPU-bb00"));
  EXPECT_THAT(indices(machine.gpus()), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(machine.all_gpus(), SizeIs(4));
  EXPECT_EQ(machine.problem(), "");
  EXPECT_NE(machine.driver_version(), "");
}

TEST_F(MachineTest, visible_devices_are_renumbered_in_their_order) {
  const auto simulated = simulated_machine(kFourGpus);
  const Machine machine = machine_seeing("3,1");
  EXPECT_THAT(uuids(machine.gpus()), ElementsAre("GPU-bb00", "GPU-ab00"));
  EXPECT_THAT(indices(machine.gpus()), ElementsAre(0, 1));
  EXPECT_THAT(uuids(machine.gpus_if_any()), ElementsAre("GPU-bb00", "GPU-ab00"));
  EXPECT_THAT(machine.all_gpus(), SizeIs(4));
  EXPECT_THAT(uuids(machine_seeing("GPU-ba,GPU-aa").gpus()), ElementsAre("GPU-ba00", "GPU-aa00"));
  EXPECT_THAT(uuids(machine_seeing("1,7,0").gpus()), ElementsAre("GPU-ab00"));
  EXPECT_THAT(machine_seeing("").gpus(), IsEmpty());
}

TEST_F(MachineTest, the_environment_is_read_by_the_default_constructor) {
  const auto simulated = simulated_machine(kFourGpus);
  ASSERT_EQ(setenv("CUDA_VISIBLE_DEVICES", "2", 1), 0);
  EXPECT_THAT(uuids(Machine().gpus()), ElementsAre("GPU-ba00"));
  ASSERT_EQ(unsetenv("CUDA_VISIBLE_DEVICES"), 0);
  EXPECT_THAT(Machine().gpus(), SizeIs(4));
}

TEST_F(MachineTest, chosen_gpus_keep_their_index_and_come_as_chosen) {
  const auto simulated = simulated_machine(kFourGpus);
  const Machine machine = machine_seeing("3,2,1");
  const auto chosen = machine.gpus({2, 0});
  EXPECT_THAT(indices(chosen), ElementsAre(2, 0));
  EXPECT_THAT(uuids(chosen), ElementsAre("GPU-ab00", "GPU-bb00"));
  EXPECT_THAT(machine.gpus(std::vector<int>{}), IsEmpty());
}

TEST_F(MachineTest, an_index_that_is_not_there_is_named_with_how_many_are) {
  const auto simulated = simulated_machine(kFourGpus);
  const Machine machine = machine_seeing("0,1");
  for (const int index : {2, -1}) {
    try {
      static_cast<void>(machine.gpus({0, index}));
      ADD_FAILURE() << index << " was found";
    } catch (const ZeusValueError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("GPU " + std::to_string(index)),
                                      HasSubstr("2 GPUs are visible")));
    }
  }
  try {
    static_cast<void>(machine.gpus({1, 1}));
    ADD_FAILURE() << "the same GPU twice";
  } catch (const ZeusValueError& error) {
    EXPECT_THAT(error.what(), HasSubstr("GPU 1"));
  }
}

TEST_F(MachineTest, a_mig_identifier_is_refused_when_gpus_are_asked_for) {
  const auto simulated = simulated_machine(kFourGpus);
  const Machine machine = machine_seeing("MIG-5c89f1a6");
  EXPECT_THROW(static_cast<void>(machine.gpus()), ZeusGPUNotSupportedError);
  EXPECT_THROW(static_cast<void>(machine.gpus({0})), ZeusGPUNotSupportedError);
  EXPECT_THROW(static_cast<void>(machine.gpus_if_any()), ZeusGPUNotSupportedError);
  EXPECT_THAT(machine.all_gpus(), SizeIs(4));
}

TEST_F(MachineTest, mixed_models_are_warned_about_once) {
  const auto simulated = simulated_machine(kMixedGpus);
  const LoggedLines logged;
  const Machine machine(MachineOptions{});
  static_cast<void>(machine.gpus());
  static_cast<void>(machine.gpus({0}));
  static_cast<void>(machine.gpus_if_any());
  ASSERT_THAT(logged.lines(), SizeIs(1));
  EXPECT_THAT(logged.lines()[0],
              AllOf(HasSubstr("zeus.device: "), HasSubstr("CUDA_DEVICE_ORDER=PCI_BUS_ID")));
}

TEST_F(MachineTest, no_warning_where_cudas_numbers_cannot_differ) {
  const auto simulated = simulated_machine(kMixedGpus);
  const LoggedLines logged;
  const Machine by_bus(MachineOptions{std::nullopt, "PCI_BUS_ID"});
  const Machine by_uuid(MachineOptions{by_bus.gpus()[1].gpu->info().uuid, std::nullopt});
  EXPECT_THAT(logged.lines(), IsEmpty());
  const Machine fastest_first(MachineOptions{std::nullopt, "FASTEST_FIRST"});
  EXPECT_THAT(logged.lines(), SizeIs(1));
}

TEST_F(MachineTest, no_warning_where_all_gpus_are_alike) {
  const auto simulated = simulated_machine(kFourGpus);
  const LoggedLines logged;
  const Machine machine(MachineOptions{});
  EXPECT_THAT(logged.lines(), IsEmpty());
}

TEST_F(MachineTest, each_back_end_says_what_it_found) {
  const auto simulated = simulated_machine(kMixedGpus);
  const Machine machine(MachineOptions{});
  ASSERT_THAT(machine.back_ends(), SizeIs(2));
  const BackEnd& nvidia = machine.back_ends()[0];
  EXPECT_EQ(nvidia.name, "NVIDIA");
  EXPECT_EQ(nvidia.kind, BackEnd::Kind::kGpus);
  EXPECT_EQ(nvidia.status, BackEnd::Status::kWorks);
  EXPECT_EQ(nvidia.version, machine.driver_version());
  EXPECT_THAT(nvidia.gpus, SizeIs(2));
  EXPECT_THAT(nvidia.visible, ElementsAre(0, 1));
  ASSERT_THAT(nvidia.problems, SizeIs(1));
  EXPECT_THAT(nvidia.problems[0].what, HasSubstr("different models"));
  EXPECT_EQ(nvidia.problems[0].command, "export CUDA_DEVICE_ORDER=PCI_BUS_ID");
  EXPECT_EQ(machine.back_ends()[1].kind, BackEnd::Kind::kCpus);
}

TEST_F(MachineTest, a_lost_gpu_is_a_problem_and_hides_no_other) {
  const auto simulated = simulated_machine(R"({"gpus": [{"count": 2}], "faults": [
      {"function": "nvmlDeviceGetHandleByIndex_v2", "call": 1, "count": 1, "code": 15}]})");
  const LoggedLines logged;
  const Machine machine(MachineOptions{});
  ASSERT_THAT(machine.back_ends()[0].problems, SizeIs(1));
  EXPECT_THAT(machine.back_ends()[0].problems[0].what, HasSubstr("GPU 0"));
  ASSERT_THAT(logged.lines(), SizeIs(1));
  EXPECT_THAT(logged.lines()[0], HasSubstr("zeus.device: GPU 0"));
  EXPECT_THAT(machine.gpus(), SizeIs(2));
}

TEST_F(MachineTest, a_driver_that_does_not_start_is_one_warning_with_the_cause) {
  for (const int code : {4, 18, 999}) {
    const auto simulated = simulated_machine(R"({"faults": [{"function": "nvmlInit_v2", "code": )" +
                                             std::to_string(code) + "}]}");
    const LoggedLines logged;
    for (int time = 0; time < 2; ++time) {
      const Machine machine(MachineOptions{});
      EXPECT_THAT(machine.gpus_if_any(), IsEmpty());
      EXPECT_THAT(machine.gpus_if_any(), IsEmpty());
      EXPECT_EQ(machine.back_ends()[0].status, BackEnd::Status::kFailed);
    }
    ASSERT_THAT(logged.lines(), SizeIs(1)) << code;
    EXPECT_THAT(logged.lines()[0], AllOf(HasSubstr("zeus.device: the NVIDIA driver did not start"),
                                         HasSubstr("NVML code " + std::to_string(code))));
  }
}

TEST_F(MachineTest, a_driver_that_is_not_loaded_is_absent_and_silent) {
  const auto simulated =
      simulated_machine(R"({"faults": [{"function": "nvmlInit_v2", "code": 9}]})");
  const LoggedLines logged;
  const Machine machine(MachineOptions{});
  EXPECT_THAT(machine.gpus_if_any(), IsEmpty());
  EXPECT_EQ(machine.driver_failure(), "");
  EXPECT_EQ(machine.back_ends()[0].status, BackEnd::Status::kAbsent);
  EXPECT_EQ(machine.back_ends()[0].problems[0].command, "sudo modprobe nvidia");
  EXPECT_THAT(logged.lines(), IsEmpty());
  EXPECT_THROW(static_cast<void>(machine.gpus()), ZeusGPUInitError);
}

TEST_F(MachineTest, asking_for_gpus_of_a_driver_that_does_not_start_is_an_error_without_a_warning) {
  const auto simulated =
      simulated_machine(R"({"faults": [{"function": "nvmlInit_v2", "code": 17}]})");
  const LoggedLines logged;
  const Machine machine(MachineOptions{});
  try {
    static_cast<void>(machine.gpus({0}));
    ADD_FAILURE() << "GPUs without a driver";
  } catch (const ZeusGPUInitError& error) {
    EXPECT_EQ(error.code(), 17);
    EXPECT_THAT(error.what(), HasSubstr("GPU access blocked by the operating system"));
  }
  EXPECT_THAT(logged.lines(), IsEmpty());
}

TEST_F(MachineTest, gpus_outlive_their_machine) {
  const auto simulated = simulated_machine(kFourGpus);
  std::optional<Machine> machine(MachineOptions{});
  const auto gpus = machine->gpus({1});
  machine.reset();
  gpus[0].gpu->set_power_limit(Watts(150));
  EXPECT_EQ(gpus[0].gpu->power_limit(), Watts(150));
}

TEST_F(MachineTest, the_driver_is_shut_down_after_the_last_gpu) {
  std::vector<VisibleGpu> gpus;
  const auto first = simulated_machine(R"({"gpus": [{"uuid": "GPU-first"}]})");
  gpus = Machine(MachineOptions{}).gpus();
  const auto second = simulated_machine(R"({"gpus": [{"uuid": "GPU-second"}]})");
  // The driver takes a new machine up only when nobody holds it any more.
  EXPECT_THAT(uuids(Machine(MachineOptions{}).gpus()), ElementsAre("GPU-first"));
  gpus.clear();
  EXPECT_THAT(uuids(Machine(MachineOptions{}).gpus()), ElementsAre("GPU-second"));
}

TEST_F(MachineTest, two_machines_at_once_do_not_disturb_each_other) {
  const auto simulated = simulated_machine(kFourGpus);
  std::optional<Machine> first(MachineOptions{});
  const Machine second = machine_seeing("1");
  EXPECT_EQ(first->gpus()[1].gpu->info().uuid, second.gpus()[0].gpu->info().uuid);
  first->gpus()[1].gpu->set_power_limit(Watts(175.5));
  first.reset();
  EXPECT_EQ(second.gpus()[0].gpu->power_limit(), Watts(175.5));
}

TEST_F(MachineTest, a_forked_child_needs_a_machine_of_its_own) {
  const auto simulated = simulated_machine(R"({"clock": "real"})");
  std::optional<Machine> machine(MachineOptions{});
  const auto gpu = machine->gpus()[0].gpu;
  gpu->set_power_limit(Watts(200));
  EXPECT_EQ(in_a_child([&] {
              try {
                static_cast<void>(gpu->power_limit());
                return 1;
              } catch (const ZeusForkError&) {
              }
              const Machine own(MachineOptions{});
              if (own.gpus()[0].gpu->power_limit() != Watts(200)) return 2;
              machine.reset();
              return own.gpus()[0].gpu->power_limit() == Watts(200) ? 0 : 3;
            }),
            0);
  EXPECT_EQ(gpu->power_limit(), Watts(200));
}

}  // namespace
}  // namespace zeus
