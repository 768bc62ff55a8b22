// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/device/rapl/rapl_cpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "tests/captured_log.h"
#include "tests/fake_powercap.h"
#include "tests/in_child.h"
#include "tests/manual_clock.h"
#include "zeus/device/rapl/rapl_zone.h"
#include "zeus/error.h"

namespace zeus::rapl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using zeus::testing::CapturedLog;
using zeus::testing::FakePowercap;
using zeus::testing::ManualClock;

TEST(RaplCpus, packages_are_numbered_in_the_zones_order_and_the_platform_is_left_out) {
  const FakePowercap powercap;
  powercap.add("intel-rapl:10", "package-10", 0);
  powercap.add("intel-rapl:0", "package-0", 0);
  powercap.add("intel-rapl:1", "psys", 0);
  powercap.add("intel-rapl:2", "package-1", 0);
  std::filesystem::create_directories(powercap.path() / "power");
  const FoundCpus found = find_cpus(powercap.path());
  ASSERT_THAT(found.cpus, SizeIs(3));
  EXPECT_EQ(found.cpus[0].cpu->info().name, "package-0");
  EXPECT_EQ(found.cpus[1].cpu->info().name, "package-1");
  EXPECT_EQ(found.cpus[2].cpu->info().name, "package-10");
  EXPECT_EQ(found.cpus[2].index, 2);
  EXPECT_FALSE(found.problem);
}

TEST(RaplCpus, energy_is_counted_since_the_object_was_made) {
  const FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 5'000'000);
  powercap.add("intel-rapl:0/intel-rapl:0:0", "core", 1'000'000);
  powercap.add("intel-rapl:0/intel-rapl:0:1", "dram", 2'000'000);
  const FoundCpus found = find_cpus(powercap.path());
  ASSERT_THAT(found.cpus, SizeIs(1));
  Cpu& cpu = *found.cpus[0].cpu;
  EXPECT_TRUE(cpu.info().has_dram);
  powercap.set("intel-rapl:0", 17'500'000);
  powercap.set("intel-rapl:0/intel-rapl:0:1", 2'250'000);
  const CpuEnergy energy = cpu.total_energy();
  EXPECT_DOUBLE_EQ(energy.package.value(), 12.5);
  ASSERT_TRUE(energy.dram.has_value());
  EXPECT_DOUBLE_EQ(energy.dram->value(), 0.25);
}

TEST(RaplCpus, a_package_whose_memory_is_not_measured_has_no_memory_energy) {
  const FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 0);
  powercap.add("intel-rapl:0/intel-rapl:0:0", "core", 0);
  const FoundCpus found = find_cpus(powercap.path());
  ASSERT_THAT(found.cpus, SizeIs(1));
  EXPECT_FALSE(found.cpus[0].cpu->info().has_dram);
  EXPECT_EQ(found.cpus[0].cpu->total_energy().dram, std::nullopt);
}

TEST(RaplCpus, no_wrap_is_missed_however_long_nobody_asks) {
  const FakePowercap powercap;
  constexpr std::uint64_t kRange = 10'000'000;  // 10 J: read at least every 5 ms
  powercap.add("intel-rapl:0", "package-0", 9'000'000, kRange);
  const auto clock = std::make_shared<ManualClock>();
  const FoundCpus found = find_cpus(powercap.path(), clock);
  Cpu& cpu = *found.cpus.at(0).cpu;
  EXPECT_EQ(cpu.total_energy().package, Joules(0));
  clock->wait_for_sleepers(1);
  for (int wrap = 0; wrap < 3; ++wrap) {
    powercap.set("intel-rapl:0", 1'000'000);  // 2 J more, through a wrap
    clock->advance(Seconds(0.006));
    powercap.set("intel-rapl:0", 9'000'000);  // 8 J more
    clock->advance(Seconds(0.006));
  }
  EXPECT_DOUBLE_EQ(cpu.total_energy().package.value(), 30.0);
}

// One second across a reset of the counter was 162 kJ.
TEST(RaplCpus, a_counter_that_starts_again_leaves_its_stretch_out_and_is_reported_once) {
  const CapturedLog heard;
  const FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 100'000'000'000);
  powercap.add("intel-rapl:0/intel-rapl:0:0", "dram", 30'000'000'000, 65'712'999'613);
  const auto clock = std::make_shared<ManualClock>();
  const FoundCpus found = find_cpus(powercap.path(), clock);
  Cpu& cpu = *found.cpus.at(0).cpu;
  EXPECT_EQ(cpu.total_energy().package, Joules(0));
  clock->wait_for_sleepers(1);
  double expected = 0;
  for (int reset = 0; reset < 2; ++reset) {
    clock->advance(Seconds(1));
    powercap.set("intel-rapl:0", 100'050'000'000);
    powercap.set("intel-rapl:0/intel-rapl:0:0", 30'010'000'000);
    expected = cpu.total_energy().package.value();
    clock->advance(Seconds(1));
    powercap.set("intel-rapl:0", 5'000'000);
    powercap.set("intel-rapl:0/intel-rapl:0:0", 1'000'000);
    EXPECT_DOUBLE_EQ(cpu.total_energy().package.value(), expected);
  }
  clock->advance(Seconds(1));
  powercap.set("intel-rapl:0", 35'000'000);
  EXPECT_DOUBLE_EQ(cpu.total_energy().package.value(), expected + 30);
  EXPECT_THAT(heard.warnings(),
              UnorderedElementsAre(
                  AllOf(HasSubstr(powercap.counter("intel-rapl:0").string() + " started again"),
                        HasSubstr("Up to 1 s")),
                  HasSubstr(powercap.counter("intel-rapl:0/intel-rapl:0:0").string())));
}

TEST(RaplCpus, a_reset_that_nobody_asks_for_is_seen_within_ten_seconds) {
  const CapturedLog heard;
  const FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 250'000'000'000);
  const auto clock = std::make_shared<ManualClock>();
  const FoundCpus found = find_cpus(powercap.path(), clock);
  Cpu& cpu = *found.cpus.at(0).cpu;
  (void)cpu.total_energy();
  clock->wait_for_sleepers(1);
  clock->advance(Seconds(100));
  powercap.set("intel-rapl:0", 0);
  clock->advance(Seconds(10));
  EXPECT_THAT(heard.warnings(), ElementsAre(HasSubstr("started again")));
  // 12 kJ would have been believed after the 110 s.
  EXPECT_EQ(cpu.total_energy().package, Joules(0));
}

TEST(RaplCpus, a_machine_without_the_interface_has_no_cpus_and_no_problem) {
  const FakePowercap powercap;
  const FoundCpus found = find_cpus(powercap.path() / "not there");
  EXPECT_THAT(found.cpus, IsEmpty());
  EXPECT_FALSE(found.problem);
}

TEST(RaplCpus, a_counter_that_may_not_be_read_is_a_problem_that_names_file_and_remedy) {
  const FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 0);
  std::filesystem::permissions(powercap.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(powercap.counter("intel-rapl:0"), std::filesystem::perms::none);
  // In a child, for root may read everything.
  const std::string problem = zeus::testing::in_child([&]() -> std::string {
    if (getuid() == 0 && setuid(65534) != 0) return "still root";
    const FoundCpus found = find_cpus(powercap.path());
    return found.cpus.empty() && found.problem ? one_line(*found.problem) : "a CPU was found";
  });
  EXPECT_THAT(problem,
              AllOf(HasSubstr("only root may read " + powercap.counter("intel-rapl:0").string()),
                    HasSubstr("sudo chmod a+r " + powercap.path().string() + "/*/energy_uj")));
}

TEST(RaplCpus, a_counter_without_a_number_is_a_problem_and_the_others_count) {
  const FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 0);
  powercap.add("intel-rapl:1", "package-1", 0);
  zeus::testing::write_text(powercap.counter("intel-rapl:0"), "nonsense\n");
  const FoundCpus found = find_cpus(powercap.path());
  ASSERT_THAT(found.cpus, SizeIs(1));
  EXPECT_EQ(found.cpus[0].cpu->info().name, "package-1");
  ASSERT_TRUE(found.problem);
  EXPECT_EQ(found.problem->command, "");
  EXPECT_THAT(found.problem->what, HasSubstr("intel-rapl:0/energy_uj has no number: 'nonsense'"));
}

TEST(RaplCpus, a_counter_that_fails_later_is_a_cpu_error_that_names_it) {
  const FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 0);
  const FoundCpus found = find_cpus(powercap.path());
  zeus::testing::write_text(powercap.counter("intel-rapl:0"), "");
  try {
    (void)found.cpus.at(0).cpu->total_energy();
    FAIL() << "no error";
  } catch (const ZeusBaseCPUError& error) {
    EXPECT_THAT(error.what(), HasSubstr(powercap.counter("intel-rapl:0").string()));
  }
}

TEST(RaplCpus, in_a_forked_child_a_cpu_of_the_parents_refuses) {
  const FakePowercap powercap;
  powercap.add("intel-rapl:0", "package-0", 0);
  const auto clock = std::make_shared<ManualClock>();
  FoundCpus found = find_cpus(powercap.path(), clock);
  (void)found.cpus.at(0).cpu->total_energy();
  clock->wait_for_sleepers(1);
  const std::string outcome = zeus::testing::in_child([&]() -> std::string {
    std::string said = "nothing";
    try {
      (void)found.cpus.at(0).cpu->total_energy();
    } catch (const ZeusForkError& error) {
      said = error.what();
    }
    found.cpus.clear();  // would wait for ever for a thread that isn't there
    return said;
  });
  EXPECT_THAT(outcome, HasSubstr("was made before this process was forked"));
}

}  // namespace
}  // namespace zeus::rapl
