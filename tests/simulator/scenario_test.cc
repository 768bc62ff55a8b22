// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/scenario/scenario.h"

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
  EXPECT_EQ(scenario.leakage_per_celsius, 0.004);
  EXPECT_TRUE(gpu.persistence_mode);
  EXPECT_EQ(gpu.process_memory, 4096LL << 20);
}

TEST(Scenario, every_key_is_taken) {
  const Scenario scenario = parse_scenario(R"({
      "gpus": [{"model": "A40", "count": 2, "name": "X", "min_limit_w": 50, "max_limit_w": 400,
                "default_limit_w": 350.5, "prior_limit_w": 75.25, "enforced_limit_w": 60,
                "energy_counter": false, "mig": true, "writable": false, "energy_start_mj": 7,
                "persistence_mode": false, "process_memory_mib": 100,
                "workload": {"model": "NCF", "dynamic_w": 5, "clock_bound": 0.1, "idle_share": 0.2,
                             "step_seconds": 0.3}}],
      "clock": "virtual", "seed": 18446744073709551615, "noise": {"time": 0.1, "power": 0.2},
      "latency_ms": {"read": 1, "write": 2}, "settling_ms": 3, "tick_ms": 4,
      "leakage_per_celsius": 0.001,
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
  EXPECT_EQ(scenario.leakage_per_celsius, 0.001);
  EXPECT_FALSE(gpu.persistence_mode);
  EXPECT_EQ(gpu.process_memory, 100LL << 20);
  ASSERT_EQ(scenario.faults.calls.size(), 1U);
  const CallFault& call = scenario.faults.calls[0];
  EXPECT_EQ(call.function, "nvmlInit");
  EXPECT_EQ(call.when.gpu, 1U);
  EXPECT_EQ(call.when.call, 2U);
  EXPECT_EQ(call.when.count, 3U);
  EXPECT_EQ(call.code, 4);
  ASSERT_EQ(scenario.faults.counters.size(), 1U);
  EXPECT_EQ(scenario.faults.counters[0].back_mj, 5U);
  EXPECT_EQ(scenario.faults.counters[0].when.count, 7U);
}

TEST(Scenario, every_key_of_a_fault_is_taken) {
  const FaultOrders faults = parse_scenario(R"({"gpus": [{"count": 3}], "faults": [
      {"function": "*", "after_s": 1.5, "for_s": 2, "delay_ms": 3, "hangs": true},
      {"function": "nvmlDeviceSetPowerManagementLimit", "ignored": true, "outside_limit_w": 150},
      {"counter": "stuck"}, {"counter": "reset", "after_s": 4}, {"counter": "unsupported"},
      {"lost": true, "gpu": 2}, {"event_reasons": 8, "gpu": 1, "after_s": 5},
      {"outside_limit_w": 175, "gpu": 0, "after_s": 7},
      {"outside_limit_w": 200.5, "after_s": 6}]})",
                                            "s", {})
                                 .faults;
  ASSERT_EQ(faults.calls.size(), 2U);
  EXPECT_EQ(faults.calls[0].function, "*");
  EXPECT_EQ(faults.calls[0].when.after_ns, 1'500'000'000);
  EXPECT_EQ(faults.calls[0].when.for_ns, 2'000'000'000);
  EXPECT_EQ(faults.calls[0].delay_ns, 3'000'000);
  EXPECT_TRUE(faults.calls[0].hangs);
  EXPECT_EQ(faults.calls[0].code, 0);
  EXPECT_TRUE(faults.calls[1].is_ignored);
  EXPECT_EQ(faults.calls[1].outside_limit_mw, 150'000);
  ASSERT_EQ(faults.counters.size(), 3U);
  EXPECT_EQ(faults.counters[0].kind, CounterFault::Kind::kStuck);
  EXPECT_EQ(faults.counters[1].kind, CounterFault::Kind::kReset);
  EXPECT_EQ(faults.counters[2].kind, CounterFault::Kind::kUnsupported);
  ASSERT_EQ(faults.losses.size(), 1U);
  EXPECT_EQ(faults.losses[0].when.gpu, 2U);
  ASSERT_EQ(faults.event_reasons.size(), 1U);
  EXPECT_EQ(faults.event_reasons[0].bits, 8U);
  ASSERT_EQ(faults.outside_writes.size(), 2U);  // in the order of their times
  EXPECT_EQ(faults.outside_writes[0].limit_mw, 200'500);
  EXPECT_EQ(faults.outside_writes[1].gpu, 0U);
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
      {R"([])", "s:1: must be an object"},
      {R"({"gpu": []})", "s:1: gpu: unknown key"},
      {R"({"gpus": {}})", "s:1: gpus: must be a list"},
      {R"({"gpus": [3]})", "s:1: gpus[0]: must be an object"},
      {R"({"gpus": [{}, {"model": "V10"}]})",
       "s:1: gpus[1].model: no GPU model \"V10\" (there are V100, A40, RTX6000, P100, A100, "
       "H100)"},
      {R"({"gpus": [{"modell": "V100"}]})", "s:1: gpus[0].modell: unknown key"},
      {R"({"gpus": [{"count": 0}]})", "s:1: gpus[0].count: must be a whole number from 1 to 16"},
      {R"({"gpus": [{"count": 2.5}]})", "s:1: gpus[0].count: must be a whole number from 1 to 16"},
      {R"({"gpus": [{"count": 9}, {"count": 8}]})", "s:1: gpus: more than 16 GPUs"},
      {R"({"gpus": [{"uuid": "a", "count": 2}]})",
       "s:1: gpus[0].uuid: is one GPU's: leave out count"},
      {R"({"gpus": [{"uuid": "a"}, {"uuid": "a"}]})", "s:1: gpus[1].uuid: is there twice"},
      {R"({"gpus": [{"prior_limit_w": 99}]})",
       "s:1: gpus[0].prior_limit_w: is not between min_limit_w and max_limit_w"},
      {R"({"gpus": [{"default_limit_w": 251}]})",
       "s:1: gpus[0].default_limit_w: is not between min_limit_w and max_limit_w"},
      {R"({"gpus": [{"min_limit_w": 300}]})", "s:1: gpus[0].min_limit_w: is above max_limit_w"},
      {R"({"gpus": [{"max_limit_w": "much"}]})",
       "s:1: gpus[0].max_limit_w: must be a number from 1 to 10000"},
      {R"({"gpus": [{"mig": 1}]})", "s:1: gpus[0].mig: must be true or false"},
      {R"({"gpus": [{"workload": {"x": 1}}]})", "s:1: gpus[0].workload.x: unknown key"},
      {R"({"clock": "fast"})", "s:1: clock: must be \"real\" or \"virtual\""},
      {R"({"clock": true})", "s:1: clock: must be a text"},
      {R"({"seed": -1})", "s:1: seed: must be a whole number from 0 to 18446744073709551615"},
      {R"({"noise": {"time": 0.6}})", "s:1: noise.time: must be a number from 0 to 0.5"},
      {R"({"noise": {"energy": 0.1}})", "s:1: noise.energy: unknown key"},
      {R"({"noise": 0})", "s:1: noise: must be an object"},
      {R"({"latency_ms": {"read": -1}})",
       "s:1: latency_ms.read: must be a number from 0 to 3.6e+06"},
      {R"({"settling_ms": "0"})", "s:1: settling_ms: must be a number from 0 to 3.6e+06"},
      {R"({"workload": {"model": "GPT"}})",
       "s:1: workload.model: no workload \"GPT\" (there are V100 ResNet-50, V100 BERT-SQuAD, V100 "
       "DeepSpeech2, A40 BERT-SQuAD, A100 BERT-SQuAD, H100 BERT-SQuAD, NCF)"},
      {R"({"workload": {"csv": "/nowhere/t.csv"}})", "/nowhere/t.csv: cannot be read"},
      {R"({"workload": {"step_seconds": 0}})",
       "s:1: workload.step_seconds: must be a number from 1e-06 to 1e+06"},
      {R"({"faults": [{"function": "nvmlDeviceGetPower", "code": 1}]})",
       "s:1: faults[0].function: no NVML function \"nvmlDeviceGetPower\" in this driver"},
      {R"({"faults": [{"code": 1}]})",
       "s:1: faults[0].function: is missing (or counter, counter_jumps_back_mj, lost, "
       "outside_limit_w or event_reasons)"},
      {R"({"faults": [{"function": "nvmlInit"}]})",
       "s:1: faults[0].code: is missing (or delay_ms, hangs, ignored or outside_limit_w)"},
      {R"({"faults": [{"function": "nvmlInit", "code": 0}]})",
       "s:1: faults[0].code: must be a whole number from 1 to 999"},
      {R"({"faults": [{"function": "nvmlInit", "code": 1, "field": 83}]})",
       "s:1: faults[0].field: is for nvmlDeviceGetFieldValues"},
      {R"({"faults": [{"function": "nvmlInit", "code": 1, "call": 0}]})",
       "s:1: faults[0].call: must be a whole number from 1 to 9007199254740992"},
      {R"({"faults": [{"counter_jumps_back_mj": 1, "code": 1}]})",
       "s:1: faults[0].code: unknown key"},
      {R"({"gpus": []})", "s:1: gpus: there must be one at least"},
      {R"({"faults": [{"lost": true}]})", "s:1: faults[0].gpu: is missing"},
      {R"({"faults": [{"lost": true, "gpu": 1}]})",
       "s:1: faults[0].gpu: must be a whole number from 0 to 0"},
      {R"({"faults": [{"lost": true, "gpu": 0, "count": 1}]})",
       "s:1: faults[0].lost: is for good: leave out count and for_s"},
      {R"({"faults": [{"counter": "late"}]})",
       "s:1: faults[0].counter: must be \"stuck\", \"reset\" or \"unsupported\""},
      {R"({"faults": [{"counter": "stuck", "for_s": 1}]})", "s:1: faults[0].for_s: needs after_s"},
      {R"({"faults": [{"outside_limit_w": 150}]})",
       "s:1: faults[0].outside_limit_w: needs after_s, or function and call"},
      {R"({"faults": [{"outside_limit_w": 99, "after_s": 1}]})",
       "s:1: faults: outside_limit_w is not in the range of GPU 0"},
      {R"({"faults": [{"outside_limit_w": 150, "after_s": 1, "call": 2}]})",
       "s:1: faults[0].outside_limit_w: is done once: leave out for_s, call and count"},
      {R"({"faults": [{"event_reasons": 8, "call": 2}]})",
       "s:1: faults[0].event_reasons: goes by after_s and for_s"},
      {R"({"faults": [{"function": "nvmlDeviceGetPowerUsage", "ignored": true}]})",
       "s:1: faults[0].ignored: is for functions that set or reset something"},
  };
  for (const auto& [text, line] : cases) EXPECT_EQ(error_of(text), line) << text;
  EXPECT_TRUE(error_of("{").starts_with("s: not JSON: ")) << error_of("{");
  EXPECT_TRUE(error_of("").starts_with("s: not JSON: "));
  EXPECT_EQ(error_of("{\n\"a").find('\n'), std::string::npos);
}

TEST(Scenario, what_is_wrong_is_told_with_its_line) {
  EXPECT_EQ(error_of("{\n  \"gpus\": [\n    {},\n    {\"count\": 3,\n     \"mig\": 1}\n  ]\n}"),
            "s:5: gpus[1].mig: must be true or false");
  EXPECT_EQ(error_of("{\n \"seed\": 1,\n\n \"faults\": [\n  {\"function\": \"nvmlInit\"}]}"),
            "s:5: faults[0].code: is missing (or delay_ms, hangs, ignored or outside_limit_w)");
  EXPECT_EQ(error_of("{\n \"clock\": \"real\",\n \"clok\": [\"]\", {\"a\": \"\\\"}\"}]}"),
            "s:3: clok: unknown key");
  EXPECT_EQ(error_of("\n\n[]"), "s:3: must be an object");
  const std::string not_json = error_of("{\n  \"gpus\": [}\n}");
  EXPECT_NE(not_json.find("line 2"), std::string::npos) << not_json;
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
  const SimulatedMachine simulated;
  const std::string file = simulated.scenario().string();
  zeus::testing::write_text(simulated.scenario(), R"({"clok": "virtual"})");
  EXPECT_EQ(line_of_init(), "999 zeus simulator: " + file + ":1: clok: unknown key\n");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(zeus_sim_clock_monotonic_ns(), -1);
  EXPECT_EQ(zeus_sim_clock_sleep_until_ns(0, nullptr), 999);
  ::testing::internal::GetCapturedStderr();
  std::filesystem::remove(simulated.scenario());
  EXPECT_EQ(line_of_init(), "999 zeus simulator: " + file + ": cannot be read\n");
  // Put right, the next one works.
  zeus::testing::write_text(simulated.scenario(), R"({"clock": "virtual"})");
  EXPECT_EQ(line_of_init(), "0 ");
  EXPECT_EQ(nvmlShutdown(), NVML_SUCCESS);
}

TEST(Scenario, a_state_file_that_cannot_be_is_told) {
  SimulatedMachineOptions options;
  const SimulatedMachine simulated(options);
  ASSERT_EQ(setenv("ZEUS_SIMULATOR_STATE", "/nowhere/state", 1), 0);
  EXPECT_EQ(line_of_init(),
            "999 zeus simulator: /nowhere/state: state file cannot be opened: No such file or "
            "directory\n");
}

}  // namespace
}  // namespace simulator
