// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The `zeus` program of a build with ZEUS_BUILD_SIMULATOR=OFF.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/apps/zeus_program.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Outcome run(const std::vector<std::string>& arguments, RunOptions options = {}) {
  options.program = ZEUS_WITHOUT_SIMULATOR;
  return run_zeus(arguments, options);
}

TEST(WithoutSimulator, demo_and_simulate_say_in_one_line_what_is_missing) {
  const std::string why =
      "' needs the simulated driver, which this build of zeus lacks; configure it with "
      "-D ZEUS_BUILD_SIMULATOR=ON\n";
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"demo"},
                                             {"demo", "--gpus", "8"},
                                             {"demo", "--help"},
                                             {"simulate", "--gpus", "A40", "--", "true"}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_EQ(outcome.err, "zeus: 'zeus " + arguments.front() + why);
  }
}

TEST(WithoutSimulator, help_and_completion_offer_neither) {
  for (const Outcome& outcome : {run({"--help"}), run({"__complete", ""}), run({"man-page"})}) {
    EXPECT_EQ(outcome.status, 0);
    EXPECT_THAT(outcome.out, AllOf(HasSubstr("measure"), HasSubstr("profile"),
                                   Not(HasSubstr("demo")), Not(HasSubstr("zeus simulate"))));
  }
}

TEST(WithoutSimulator, the_other_commands_work) {
  const TemporaryFolder folder;
  write_text(folder / "scenario.json", "{}");
  const RunOptions gpus{.environment =
                            simulated_driver(folder / "scenario.json", folder / "state")};
  EXPECT_THAT(run({"env"}, gpus).out, HasSubstr("V100-PCIE-32GB"));
  EXPECT_THAT(run({"measure", "--", "true"}, gpus).err, HasSubstr("GPU 0"));

  write_text(folder / "libnvidia-ml.so.1", "");
  const Outcome none = run({"env"}, {.environment = {{"LD_LIBRARY_PATH", folder.path().string()}}});
  EXPECT_EQ(none.status, 0);
  EXPECT_THAT(none.out, Not(HasSubstr("zeus demo")));
}

}  // namespace
}  // namespace zeus::testing
