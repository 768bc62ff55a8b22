// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Machine in processes that find no driver, or not NVIDIA's, under the driver's name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace zeus {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// What machine_report prints when the dynamic linker looks into `folder` first.
std::string report_with(const std::filesystem::path& folder) {
  const std::string command = "LD_LIBRARY_PATH='" + folder.string() + "' '" MACHINE_REPORT "' 2>&1";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::string text;
  std::array<char, 512> chunk{};
  while (std::fgets(chunk.data(), chunk.size(), pipe) != nullptr) text += chunk.data();
  const int status = pclose(pipe);
  if (status != 0) text += "status " + std::to_string(status) + "\n";
  return text;
}

void expect_no_driver(const std::string& report, const std::string& reason) {
  EXPECT_THAT(report,
              AllOf(HasSubstr("problem: "), HasSubstr("driver version: \n"), HasSubstr("all: 0\n"),
                    HasSubstr("\nZeusGPUInitError: "), HasSubstr("gpus({0}): ZeusGPUInitError\n"),
                    HasSubstr("if any: 0\n"), HasSubstr(reason), Not(HasSubstr("status"))));
}

class MachineProcess : public testing::Test {
 protected:
  MachineProcess() {
    unsetenv("CUDA_VISIBLE_DEVICES");
    unsetenv("CUDA_DEVICE_ORDER");
  }
};

TEST_F(MachineProcess, another_vendors_library_of_the_drivers_name_is_no_driver) {
  const std::filesystem::path file = OTHER_VENDOR_DRIVER;
  const std::string report = report_with(file.parent_path());
  expect_no_driver(report, "nvmlDeviceGetCount_v2");
  EXPECT_THAT(report, HasSubstr(file.string()));
  EXPECT_THAT(report,
              HasSubstr("warning: zeus.device: "));  // there is a library, and it doesn't work
}

TEST_F(MachineProcess, a_file_that_is_no_library_is_no_driver) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / "zeus_not_a_library";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "libnvidia-ml.so.1") << "This file is text, and long enough for a header "
                                                 "of sixty-four bytes to be read from it.\n";
  const std::string report = report_with(folder);
  expect_no_driver(report, "libnvidia-ml.so.1");
  EXPECT_THAT(report, Not(HasSubstr("warning: zeus.device: ")));
  std::filesystem::remove_all(folder);
}

TEST_F(MachineProcess, no_library_is_no_driver) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "zeus_no_driver";
  std::filesystem::create_directories(folder);
  const std::string report = report_with(folder);
  std::filesystem::remove_all(folder);
  if (report.find("all: 0\n") == std::string::npos) {
    GTEST_SKIP() << "this machine has an NVIDIA driver of its own";
  }
  EXPECT_THAT(report, AllOf(HasSubstr("ZeusGPUInitError"), HasSubstr("if any: 0\n"),
                            Not(HasSubstr("warning: zeus.device: "))));
}

TEST_F(MachineProcess, a_machine_with_a_driver_reports_its_gpus) {
  const std::filesystem::path file = OLD_DRIVER;
  EXPECT_THAT(report_with(file.parent_path()),
              AllOf(HasSubstr("problem: \n"), HasSubstr("all: 2\n"), HasSubstr("gpu 0: GPU-0dd\n"),
                    HasSubstr("gpu 1: \n"), HasSubstr("if any: 2\n")));
}

TEST_F(MachineProcess, visible_devices_are_read_from_the_environment) {
  const std::filesystem::path file = OLD_DRIVER;
  ASSERT_EQ(setenv("CUDA_VISIBLE_DEVICES", "1", 1), 0);
  EXPECT_THAT(report_with(file.parent_path()),
              AllOf(HasSubstr("all: 2\n"), HasSubstr("gpu 0: \n"), HasSubstr("if any: 1\n")));
  ASSERT_EQ(setenv("CUDA_VISIBLE_DEVICES", "", 1), 0);
  EXPECT_THAT(report_with(file.parent_path()),
              AllOf(HasSubstr("problem: \n"), HasSubstr("all: 2\n"), HasSubstr("if any: 0\n"),
                    HasSubstr("gpus({0}): ZeusValueError: there is no GPU 0: 0 GPUs are visible"),
                    Not(HasSubstr("\ngpu 0"))));
}

}  // namespace
}  // namespace zeus
