// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/captured_log.h"
#include "tests/fake_powercap.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/machine.h"

namespace zeus {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(MachineCpus, are_those_of_the_first_folder_that_is_there) {
  const testing::FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 0);
  powercap.add("intel-rapl:1", "package-1", 0);
  MachineOptions options;
  options.powercap_folders = {"/not there", powercap.path(), "/"};
  const Machine machine(options);
  ASSERT_THAT(machine.cpus(), SizeIs(2));
  const std::vector<VisibleCpu> second = machine.cpus({1});
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].index, 1);
  EXPECT_EQ(second[0].cpu->info().name, "package-1");
}

TEST(MachineCpus, that_are_not_there_are_a_value_error_that_tells_how_many_are) {
  const testing::FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 0);
  MachineOptions options;
  options.powercap_folders = {powercap.path()};
  const Machine machine(options);
  const auto message = [&](const std::vector<int>& indices) -> std::string {
    try {
      (void)machine.cpus(indices);
      return "no error";
    } catch (const ZeusValueError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(message({1}),
            "there is no CPU 1: the energy of 1 CPU package can be read, counted from 0");
  EXPECT_EQ(message({-1}),
            "there is no CPU -1: the energy of 1 CPU package can be read, counted from 0");
  EXPECT_EQ(message({0, 0}), "CPU 0 is listed twice");
}

// Docker and Podman cover /sys/devices/virtual/powercap, where the folder leads.
TEST(MachineCpus, that_a_container_hides_are_no_warning_but_who_asks_learns_the_mount) {
  const testing::TemporaryFolder folder;
  std::filesystem::create_directory_symlink(folder / "covered", folder / "intel-rapl");
  MachineOptions options;
  options.powercap_folders = {folder / "intel-rapl", folder / "not there"};
  const testing::CapturedLog captured;
  const Machine machine(options);
  EXPECT_THAT(machine.cpus(), IsEmpty());
  EXPECT_THAT(captured.lines(), IsEmpty());
  EXPECT_THAT(machine.cpu_problem(),
              HasSubstr("docker run -v /sys/class/powercap/intel-rapl:/zeus_sys/class/powercap/"
                        "intel-rapl:ro"));
}

TEST(MachineCpus, whose_counters_make_no_sense_are_told_once_and_absent) {
  const testing::FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 0);
  testing::write_text(powercap.counter("intel-rapl:0"), "nonsense");
  MachineOptions options;
  options.powercap_folders = {powercap.path()};
  const testing::CapturedLog captured;
  const Machine machine(options);
  EXPECT_THAT(captured.lines(), IsEmpty());
  EXPECT_THAT(machine.cpus(), IsEmpty());
  EXPECT_THAT(machine.cpus(), IsEmpty());
  ASSERT_THAT(captured.lines(), SizeIs(1));
  EXPECT_THAT(captured.lines()[0].text, HasSubstr("has no number: 'nonsense'"));
  EXPECT_EQ(captured.lines()[0].text, machine.cpu_problem());
}

}  // namespace
}  // namespace zeus
