// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/apps/zeus_program.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Arguments = std::vector<std::string>;

class EveryHelp : public ::testing::TestWithParam<Arguments> {};

TEST_P(EveryHelp, has_an_example_and_fits_80_columns) {
  Arguments arguments = GetParam();
  arguments.emplace_back("--help");
  const Outcome outcome = run_zeus(arguments);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("Usage:"), HasSubstr("Example"), HasSubstr("  zeus ")));
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

INSTANTIATE_TEST_SUITE_P(Commands, EveryHelp,
                         ::testing::Values(Arguments{}, Arguments{"demo"}, Arguments{"env"},
                                           Arguments{"profile"}, Arguments{"profile", "show"},
                                           Arguments{"simulate"}, Arguments{"measure"},
                                           Arguments{"power"}, Arguments{"profile", "compare"},
                                           Arguments{"completion"}, Arguments{"man-page"}));

TEST(CommandLine, version_is_one_line) {
  const Outcome outcome = run_zeus({"--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "zeus " ZEUS_VERSION "\n");
}

class WrongUsage : public ::testing::TestWithParam<Arguments> {};

TEST_P(WrongUsage, is_exit_code_2_and_one_line) {
  const Outcome outcome = run_zeus(GetParam());
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.error_lines(), SizeIs(1));
  EXPECT_THAT(outcome.err, StartsWith("zeus: "));
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, WrongUsage,
    ::testing::Values(
        Arguments{}, Arguments{"train"}, Arguments{"--verbose"}, Arguments{"env", "extra"},
        Arguments{"demo", "--gpus", "0"}, Arguments{"demo", "--gpus", "17"},
        Arguments{"demo", "--gpus", "-1"}, Arguments{"demo", "--gpus", "2.5"},
        Arguments{"demo", "--gpus"}, Arguments{"demo", "--model", "V1000"},
        Arguments{"demo", "--workload", "GPT-9"}, Arguments{"demo", "--selector", "best"},
        Arguments{"demo", "--eta", "1.1"}, Arguments{"demo", "--eta", "-0.1"},
        Arguments{"demo", "--eta", "nan"}, Arguments{"demo", "--eta", "half"},
        Arguments{"demo", "--slowdown", "0.99"}, Arguments{"demo", "--slowdown", "inf"},
        Arguments{"demo", "--pl-step", "0"}, Arguments{"demo", "--pl-step", "nan"},
        Arguments{"demo", "--pl-step", "-25"}, Arguments{"demo", "--epochs", "0"},
        Arguments{"demo", "--epochs", "99999999999999999999"},
        Arguments{"demo", "--steps-per-epoch", "0"}, Arguments{"demo", "--clock", "sundial"},
        Arguments{"demo", "--seed", "-1"}, Arguments{"demo", "--select", "a/b/c/d"},
        Arguments{"demo", "--table", "x.csv", "--select", "a/b"},
        Arguments{"demo", "--table", "x.csv", "--workload", "NCF"}, Arguments{"profile"},
        Arguments{"profile", "show"}, Arguments{"profile", "hide", "x.json"},
        Arguments{"profile", "show", "x.json", "y.json"},
        Arguments{"profile", "show", "x.json", "--selector", "energy,best"},
        Arguments{"profile", "show", "x.json", "--world-size", "0"}, Arguments{"simulate"},
        Arguments{"simulate", "--"}, Arguments{"simulate", "true"},
        Arguments{"simulate", "--gpus", "17xV100", "--", "true"},
        Arguments{"simulate", "--gpus", "9xV100,8xA40", "--", "true"},
        Arguments{"simulate", "--gpus", "0xV100", "--", "true"},
        Arguments{"simulate", "--gpus", "V10", "--", "true"},
        Arguments{"simulate", "--gpus", "", "--", "true"},
        Arguments{"simulate", "--gpus", "V100,", "--", "true"},
        Arguments{"simulate", "--clock", "sundial", "--", "true"},
        Arguments{"simulate", "--workload", "GPT-9", "--", "true"}, Arguments{"measure"},
        Arguments{"measure", "--"}, Arguments{"measure", "true"},
        Arguments{"measure", "--gpus", "a", "--", "true"},
        Arguments{"measure", "--gpus", "-1", "--", "true"},
        Arguments{"measure", "--gpus", "", "--", "true"},
        Arguments{"measure", "--csv", "--", "true"},
        Arguments{"measure", "--model", "V100", "--", "true"}, Arguments{"power", "1"},
        Arguments{"power", "--interval", "0"}, Arguments{"power", "--interval", "nan"},
        Arguments{"power", "--count", "0"}, Arguments{"power", "--csv", "--json"},
        Arguments{"profile", "compare"}, Arguments{"profile", "compare", "x.json"},
        Arguments{"completion"}, Arguments{"completion", "tcsh"}, Arguments{"man-page", "2"}));

TEST(CommandLine, a_wrong_value_is_told_without_the_lists_of_the_definitions) {
  const Outcome outcome = run_zeus({"demo", "--model"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "zeus: --model: 1 required NAME missing\n");
}

TEST(CommandLine, an_output_that_cannot_be_written_is_exit_code_1_and_one_line) {
  const Outcome outcome = run_zeus({"env"}, {.output = "/dev/full"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "zeus: the output cannot be written: No space left on device\n");
}

}  // namespace
}  // namespace zeus::testing
