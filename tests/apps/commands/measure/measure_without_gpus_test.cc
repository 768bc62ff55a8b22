// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/apps/machine_fixture.h"
#include "tests/apps/zeus_program.h"

namespace zeus::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// GPUs that are there, but not to be read.
class MeasureWithoutGpus : public MachineFixture {
 protected:
  static Outcome measure(const RunOptions& options) {
    return run_zeus({"measure", "--json", "--", "sh", "-c", "exit 3"}, options);
  }
};

TEST_F(MeasureWithoutGpus, runs_the_command_where_the_environment_shows_no_gpu) {
  for (const char* visible : {"", "-1", "nonsense", "99"}) {
    RunOptions options = machine();
    options.environment["CUDA_VISIBLE_DEVICES"] = visible;
    const Outcome outcome = measure(options);
    EXPECT_EQ(outcome.status, 3) << visible;
    const json report = json::parse(outcome.err);
    EXPECT_THAT(report.at("gpus"), IsEmpty());
    EXPECT_THAT(report.at("cpus"), SizeIs(1));
    EXPECT_THAT(report.at("notes").dump(),
                HasSubstr("CUDA_VISIBLE_DEVICES shows none of the 2 that this machine has"));
    const Outcome asked = run_zeus({"measure", "--gpus", "0", "--", "echo", "it ran"}, options);
    EXPECT_EQ(asked.status, 125);
    EXPECT_THAT(asked.out, IsEmpty());
  }
}

TEST_F(MeasureWithoutGpus, runs_the_command_where_the_driver_does_not_start) {
  const RunOptions options = machine(R"({"faults": [{"function": "nvmlInit_v2", "code": 9}]})");
  const Outcome outcome = measure(options);
  EXPECT_EQ(outcome.status, 3);
  const json report = json::parse(outcome.err);
  EXPECT_THAT(report.at("gpus"), IsEmpty());
  EXPECT_THAT(report.at("notes").dump(), HasSubstr("Driver Not Loaded"));
}

}  // namespace
}  // namespace zeus::testing
