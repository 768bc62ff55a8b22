// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/apps/machine_fixture.h"
#include "tests/apps/zeus_program.h"

namespace zeus::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Check = MachineFixture;

TEST_F(Check, json_tells_what_each_sensor_is_worth) {
  const Outcome outcome = run_zeus({"check", "--seconds", "2", "--json"},
                                   machine(R"({"gpus": [{"model": "V100"}, {"model": "A40"}]})"));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, IsEmpty());
  const json report = json::parse(outcome.out);
  EXPECT_EQ(report["command"], "check");
  EXPECT_TRUE(report["simulated"]);
  EXPECT_GE(report["time_s"], 2);
  ASSERT_THAT(report["gpus"], SizeIs(2));
  const json& v100 = report["gpus"][0];
  // A busy machine reads late, but not every time.
  EXPECT_NEAR(v100["energy_counter"]["ticks"]["period_s"].get<double>(), 0.02, 0.005);
  EXPECT_GT(v100["energy_counter"]["call"]["median_s"], 0);
  EXPECT_TRUE(v100["average_power"].is_null());
  EXPECT_GT(v100["instant_power"]["readings"], 10);
  EXPECT_NEAR(v100["instant_power"]["counter_over_power"].get<double>(), 1, 0.05);
  EXPECT_EQ(v100["power_limit_w"], 250);
  EXPECT_EQ(v100["min_settable_power_limit_w"], 100);
  EXPECT_EQ(v100["lockable_clocks"]["highest_mhz"], 1380);
  const json& a40 = report["gpus"][1];
  EXPECT_NEAR(a40["energy_counter"]["ticks"]["period_s"].get<double>(), 0.1, 0.02);
  EXPECT_NEAR(a40["window_for_1_percent_sure_s"].get<double>(), 10, 2);
  EXPECT_GT(a40["average_power"]["readings"], 10);
}

TEST_F(Check, text_has_a_block_a_gpu) {
  const Outcome outcome = run_zeus({"check", "--seconds", "1", "--gpus", "1"}, machine());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(
      outcome.out,
      AllOf(HasSubstr("GPU 1"), Not(HasSubstr("GPU 0")), HasSubstr("(SIMULATED)"),
            ContainsRegex("energy counter +moves every [0-9.]+ ms"),
            HasSubstr("250 W now; can be set to 100 W to 250 W"), HasSubstr("No problems found.")));
}

TEST_F(Check, what_fails_is_counted_and_named) {
  const Outcome outcome =
      run_zeus({"check", "--seconds", "1"}, machine(R"({"gpus": [{"model": "V100"}], "faults": [
          {"function": "nvmlDeviceGetTotalEnergyConsumption", "gpu": 0, "code": 999, "call": 20,
           "count": 3}]})"));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, ContainsRegex("- 3 of [0-9]+ readings of GPU 0's energy failed"));
}

TEST_F(Check, a_gpu_without_a_counter_is_said_to_have_none) {
  const Outcome outcome =
      run_zeus({"check", "--seconds", "1"}, machine(R"({"gpus": [{"model": "P100"}]})"));
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(ContainsRegex("energy counter +none"),
                                 HasSubstr("its energy is found by sampling power")));
}

TEST_F(Check, without_a_gpu_or_that_gpu_it_is_one_line) {
  const Outcome none = run_zeus({"check", "--seconds", "1", "--gpus", "7"}, machine());
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err, HasSubstr("there is no GPU 7"));
  RunOptions hidden = machine();
  hidden.environment["CUDA_VISIBLE_DEVICES"] = "";
  const Outcome all_hidden = run_zeus({"check", "--seconds", "1"}, hidden);
  EXPECT_EQ(all_hidden.status, 1);
  EXPECT_THAT(all_hidden.err, HasSubstr("there is no GPU to check"));
}

}  // namespace
}  // namespace zeus::testing
