// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/scenario.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/simulator/driver_rig.h"
#include "tests/temporary_folder.h"

namespace simulator {
namespace {

TEST(Scenario, the_default_is_one_v100_in_real_time) {
  const Scenario scenario = default_scenario();
  ASSERT_EQ(scenario.gpus.size(), 1U);
  const GpuScenario& gpu = scenario.gpus[0];
  EXPECT_EQ(gpu.model->key, "V100");
  EXPECT_EQ(gpu.min_limit_mw, 100'000);
  EXPECT_EQ(gpu.max_limit_mw, 250'000);
  EXPECT_EQ(gpu.default_limit_mw, 250'000);
  EXPECT_EQ(gpu.prior_limit_mw, 250'000);
  EXPECT_EQ(gpu.tick_ns, 20'000'000);
  EXPECT_TRUE(gpu.has_energy_counter);
  EXPECT_TRUE(gpu.writable);
  EXPECT_FALSE(gpu.mig);
  EXPECT_FALSE(scenario.virtual_clock);
  EXPECT_EQ(scenario.read_latency_ns, 300'000);
  EXPECT_EQ(scenario.write_latency_ns, 15'000'000);
  EXPECT_EQ(scenario.settling_ns, 100'000'000);
  EXPECT_EQ(scenario.time_noise, 0.02);
  EXPECT_EQ(scenario.power_noise, 0.01);
}

TEST(Scenario, every_key_is_taken) {
  const Scenario scenario = parse_scenario(R"({
      "gpus": [{"model": "A40", "count": 2, "name": "X", "min_limit_w": 50, "max_limit_w": 400,
                "default_limit_w": 350.5, "prior_limit_w": 75.25, "enforced_limit_w": 60,
                "energy_counter": false, "mig": true, "writable": false, "energy_start_mj": 7,
                "workload": {"model": "NCF", "dynamic_w": 5, "clock_bound": 0.1, "idle_share": 0.2,
                             "step_seconds": 0.3}}],
      "clock": "virtual", "seed": 18446744073709551615, "noise": {"time": 0.1, "power": 0.2},
      "latency_ms": {"read": 1, "write": 2}, "settling_ms": 3, "tick_ms": 4,
      "faults": [{"function": "nvmlInit", "gpu": 1, "call": 2, "count": 3, "code": 4},
                 {"counter_jumps_back_mj": 5, "gpu": 0, "call": 6, "count": 7}]})",
                                           "s", {});
  ASSERT_EQ(scenario.gpus.size(), 2U);
  const GpuScenario& gpu = scenario.gpus[1];
  EXPECT_EQ(gpu.name, "X");
  EXPECT_EQ(gpu.min_limit_mw, 50'000);
  EXPECT_EQ(gpu.max_limit_mw, 400'000);
  EXPECT_EQ(gpu.default_limit_mw, 350'500);
  EXPECT_EQ(gpu.prior_limit_mw, 75'250);
  EXPECT_EQ(gpu.external_limit_mw, 60'000);
  EXPECT_FALSE(gpu.has_energy_counter);
  EXPECT_TRUE(gpu.mig);
  EXPECT_FALSE(gpu.writable);
  EXPECT_EQ(gpu.energy_start_j, 0.007);
  const auto& job = std::get<ParametricWorkload>(gpu.workload);
  EXPECT_EQ(job.dynamic_w, 5);
  EXPECT_EQ(job.clock_bound, 0.1);
  EXPECT_EQ(job.idle_share, 0.2);
  EXPECT_EQ(job.step_s, 0.3);
  EXPECT_TRUE(scenario.virtual_clock);
  EXPECT_EQ(scenario.seed, 18446744073709551615U);
  EXPECT_EQ(scenario.time_noise, 0.1);
  EXPECT_EQ(scenario.power_noise, 0.2);
  EXPECT_EQ(scenario.read_latency_ns, 1'000'000);
  EXPECT_EQ(scenario.write_latency_ns, 2'000'000);
  EXPECT_EQ(scenario.settling_ns, 3'000'000);
  EXPECT_EQ(gpu.tick_ns, 4'000'000);
  ASSERT_EQ(scenario.code_faults.size(), 1U);
  EXPECT_EQ(scenario.code_faults[0].function, "nvmlInit");
  EXPECT_EQ(scenario.code_faults[0].gpu, 1U);
  EXPECT_EQ(scenario.code_faults[0].call, 2U);
  EXPECT_EQ(scenario.code_faults[0].count, 3U);
  EXPECT_EQ(scenario.code_faults[0].code, 4);
  ASSERT_EQ(scenario.counter_faults.size(), 1U);
  EXPECT_EQ(scenario.counter_faults[0].back_mj, 5U);
  EXPECT_EQ(scenario.counter_faults[0].count, 7U);
}

TEST(Scenario, null_is_as_absent) {
  const Scenario scenario = parse_scenario(R"({"tick_ms": null, "gpus": null})", "s", {});
  EXPECT_EQ(scenario.gpus.at(0).tick_ns, 20'000'000);
}

std::string error_of(const std::string& text) {
  try {
    (void)parse_scenario(text, "s", {});
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Scenario, what_is_wrong_is_told_in_one_line_that_names_it) {
  struct Case {
    const char* text;
    const char* line;
  };
  const std::vector<Case> cases{
      {R"([])", "s: must be an object"},
      {R"({"gpu": []})", "s: unknown key \"gpu\""},
      {R"({"gpus": {}})", "s.gpus: must be a list"},
      {R"({"gpus": [3]})", "s.gpus[0]: must be an object"},
      {R"({"gpus": [{}, {"model": "V10"}]})",
       "s.gpus[1].model: no GPU model \"V10\" (there are V100, A40, RTX6000, P100)"},
      {R"({"gpus": [{"modell": "V100"}]})", "s.gpus[0]: unknown key \"modell\""},
      {R"({"gpus": [{"count": 0}]})", "s.gpus[0].count: must be a whole number from 1 to 16"},
      {R"({"gpus": [{"count": 2.5}]})", "s.gpus[0].count: must be a whole number from 1 to 16"},
      {R"({"gpus": [{"count": 9}, {"count": 8}]})", "s.gpus: more than 16 GPUs"},
      {R"({"gpus": [{"uuid": "a", "count": 2}]})", "s.gpus[0].uuid: is one GPU's: leave out count"},
      {R"({"gpus": [{"uuid": "a"}, {"uuid": "a"}]})", "s.gpus[1].uuid: is there twice"},
      {R"({"gpus": [{"prior_limit_w": 99}]})",
       "s.gpus[0].prior_limit_w: is not between min_limit_w and max_limit_w"},
      {R"({"gpus": [{"default_limit_w": 251}]})",
       "s.gpus[0].default_limit_w: is not between min_limit_w and max_limit_w"},
      {R"({"gpus": [{"min_limit_w": 300}]})", "s.gpus[0].min_limit_w: is above max_limit_w"},
      {R"({"gpus": [{"max_limit_w": "much"}]})",
       "s.gpus[0].max_limit_w: must be a number from 1 to 10000"},
      {R"({"gpus": [{"mig": 1}]})", "s.gpus[0].mig: must be true or false"},
      {R"({"gpus": [{"workload": {"x": 1}}]})", "s.gpus[0].workload: unknown key \"x\""},
      {R"({"clock": "fast"})", "s.clock: must be \"real\" or \"virtual\""},
      {R"({"clock": true})", "s.clock: must be a text"},
      {R"({"seed": -1})", "s.seed: must be a whole number from 0 to 18446744073709551615"},
      {R"({"noise": {"time": 0.6}})", "s.noise.time: must be a number from 0 to 0.5"},
      {R"({"noise": {"energy": 0.1}})", "s.noise: unknown key \"energy\""},
      {R"({"noise": 0})", "s.noise: must be an object"},
      {R"({"latency_ms": {"read": -1}})", "s.latency_ms.read: must be a number from 0 to 3.6e+06"},
      {R"({"settling_ms": "0"})", "s.settling_ms: must be a number from 0 to 3.6e+06"},
      {R"({"workload": {"model": "GPT"}})",
       "s.workload.model: no workload \"GPT\" (there are V100 ResNet-50, V100 BERT-SQuAD, V100 "
       "DeepSpeech2, A40 BERT-SQuAD, NCF)"},
      {R"({"workload": {"csv": "/nowhere/t.csv"}})", "/nowhere/t.csv: cannot be read"},
      {R"({"workload": {"step_seconds": 0}})",
       "s.workload.step_seconds: must be a number from 1e-06 to 1e+06"},
      {R"({"faults": [{"function": "nvmlDeviceGetPower", "code": 1}]})",
       "s.faults[0].function: no NVML function \"nvmlDeviceGetPower\" in this driver"},
      {R"({"faults": [{"code": 1}]})",
       "s.faults[0].function: no NVML function \"\" in this driver"},
      {R"({"faults": [{"function": "nvmlInit"}]})", "s.faults[0].code: is missing"},
      {R"({"faults": [{"function": "nvmlInit", "code": 0}]})",
       "s.faults[0].code: must be a whole number from 1 to 999"},
      {R"({"faults": [{"function": "nvmlInit", "code": 1, "field": 83}]})",
       "s.faults[0].field: is for nvmlDeviceGetFieldValues"},
      {R"({"faults": [{"function": "nvmlInit", "code": 1, "call": 0}]})",
       "s.faults[0].call: must be a whole number from 1 to 9007199254740992"},
      {R"({"faults": [{"counter_jumps_back_mj": 1, "code": 1}]})",
       "s.faults[0]: unknown key \"code\""},
  };
  for (const auto& [text, line] : cases) EXPECT_EQ(error_of(text), line) << text;
  EXPECT_TRUE(error_of("{").starts_with("s: not JSON: ")) << error_of("{");
  EXPECT_TRUE(error_of("").starts_with("s: not JSON: "));
  EXPECT_EQ(error_of("{\n\"a").find('\n'), std::string::npos);
}

TEST(Scenario, what_makes_another_state_makes_another_fingerprint) {
  const auto fingerprint = [](const char* text) {
    return parse_scenario(text, "s", {}).fingerprint;
  };
  EXPECT_EQ(fingerprint("{}"), default_scenario().fingerprint);
  EXPECT_NE(fingerprint("{}"), fingerprint(R"({"seed": 2})"));
  EXPECT_EQ(fingerprint("{}"), fingerprint(R"({"faults": [{"function": "nvmlInit", "code": 9}]})"));
}

std::string line_of_init() {
  ::testing::internal::CaptureStderr();
  const nvmlReturn_t code = nvmlInit_v2();
  return std::to_string(code) + " " + ::testing::internal::GetCapturedStderr();
}

TEST(Scenario, a_bad_one_makes_init_fail_with_one_line_on_stderr) {
  const Box box;
  const std::string file = box.scenario().string();
  zeus::testing::write_text(box.scenario(), R"({"clok": "virtual"})");
  EXPECT_EQ(line_of_init(), "999 zeus simulator: " + file + ": unknown key \"clok\"\n");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(zeus_sim_clock_monotonic_ns(), -1);
  EXPECT_EQ(zeus_sim_clock_sleep_until_ns(0, nullptr), 999);
  ::testing::internal::GetCapturedStderr();
  std::filesystem::remove(box.scenario());
  EXPECT_EQ(line_of_init(), "999 zeus simulator: " + file + ": cannot be read\n");
  // Put right, the next one works.
  zeus::testing::write_text(box.scenario(), R"({"clock": "virtual"})");
  EXPECT_EQ(line_of_init(), "0 ");
  EXPECT_EQ(nvmlShutdown(), NVML_SUCCESS);
}

TEST(Scenario, a_state_file_that_cannot_be_is_told) {
  BoxOptions options;
  const Box box(options);
  ASSERT_EQ(setenv("ZEUS_SIMULATOR_STATE", "/nowhere/state", 1), 0);
  EXPECT_EQ(line_of_init(),
            "999 zeus simulator: /nowhere/state: state file cannot be opened: No such file or "
            "directory\n");
}

}  // namespace
}  // namespace simulator
