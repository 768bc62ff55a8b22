// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/apps/zeus_program.h"
#include "tests/fake_powercap.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Env : public ::testing::Test {
 protected:
  // A machine with the simulated driver.
  RunOptions machine(const std::string& scenario) {
    write_text(folder_ / "scenario.json", scenario);
    return {.environment = simulated_driver(folder_ / "scenario.json", folder_ / "state")};
  }

  // `zeus env`, in which nothing may go wrong.
  static std::string text(const RunOptions& options) {
    const Outcome outcome = run_zeus({"env"}, options);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.err, IsEmpty());
    return outcome.out;
  }
  static json report(const RunOptions& options) {
    const Outcome outcome = run_zeus({"env", "--json"}, options);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.err, IsEmpty());
    return json::parse(outcome.out);
  }
  static std::vector<std::string> commands(const json& report) {
    std::vector<std::string> all;
    for (const json& finding : report.at("findings")) {
      if (!finding.at("command").is_null()) all.push_back(finding.at("command"));
    }
    return all;
  }

  TemporaryFolder folder_;
};

TEST_F(Env, tells_each_gpu_its_limits_and_that_it_is_simulated) {
  const RunOptions options = machine(R"({"gpus": [{"model": "V100", "count": 4}]})");
  const json found = report(options);
  EXPECT_EQ(found.at("driver").at("found"), true);
  EXPECT_EQ(found.at("driver").at("simulated"), true);
  ASSERT_THAT(found.at("gpus"), SizeIs(4));
  for (int i = 0; i < 4; ++i) {
    const json& gpu = found.at("gpus").at(static_cast<std::size_t>(i));
    EXPECT_EQ(gpu.at("index"), i);
    EXPECT_EQ(gpu.at("visible_index"), i);
    EXPECT_EQ(gpu.at("architecture"), "Volta");
    EXPECT_EQ(gpu.at("min_power_limit_w"), 100);
    EXPECT_EQ(gpu.at("max_power_limit_w"), 250);
    EXPECT_EQ(gpu.at("default_power_limit_w"), 250);
    EXPECT_EQ(gpu.at("requested_power_limit_w"), 250);
    EXPECT_EQ(gpu.at("enforced_power_limit_w"), 250);
    EXPECT_EQ(gpu.at("energy_counter"), true);
    EXPECT_EQ(gpu.at("mig_enabled"), false);
    EXPECT_EQ(gpu.at("problem"), nullptr);
  }
  const std::string shown = text(options);
  EXPECT_THAT(shown,
              AllOf(HasSubstr("(SIMULATED)"), HasSubstr("V100-PCIE-32GB"), HasSubstr("250/250"),
                    HasSubstr("100-250"), HasSubstr("counter"), HasSubstr("No problems found.")));
  std::istringstream lines(shown);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST_F(Env, a_limit_below_the_default_comes_with_the_command_that_restores_it) {
  const RunOptions options =
      machine(R"({"gpus": [{"uuid": "GPU-a", "prior_limit_w": 150}, {"uuid": "GPU-b"}]})");
  EXPECT_THAT(commands(report(options)), Contains("sudo nvidia-smi -i GPU-a -pl 250"));
  EXPECT_THAT(commands(report(options)), Not(Contains("sudo nvidia-smi -i GPU-b -pl 250")));
  EXPECT_THAT(text(options),
              AllOf(HasSubstr("150/250"), HasSubstr("    sudo nvidia-smi -i GPU-a -pl 250\n")));
}

TEST_F(Env, a_limit_held_down_from_outside_is_told) {
  const json found = report(machine(R"({"gpus": [{"uuid": "GPU-a", "enforced_limit_w": 200}]})"));
  EXPECT_EQ(found.at("gpus").at(0).at("requested_power_limit_w"), 250);
  EXPECT_EQ(found.at("gpus").at(0).at("enforced_power_limit_w"), 200);
  EXPECT_THAT(found.at("findings").dump(),
              AllOf(HasSubstr("held to 200 W"), HasSubstr("explores no limit above 200 W")));
}

TEST_F(Env, cpu_packages_are_shown) {
  const FakePowercap cpus;
  cpus.add("intel-rapl:0", "package-0", 1);
  cpus.add("intel-rapl:0/intel-rapl:0:0", "dram", 1);
  cpus.add("intel-rapl:1", "package-1", 1);
  RunOptions options = machine(R"({"gpus": [{}]})");
  options.environment["ZEUS_POWERCAP"] = cpus.path().string();
  const json found = report(options);
  ASSERT_THAT(found.at("cpus"), SizeIs(2));
  EXPECT_EQ(found.at("cpus").at(0),
            json({{"index", 0}, {"model", "package-0"}, {"has_dram", true}}));
  EXPECT_EQ(found.at("cpus").at(1).at("has_dram"), false);
  EXPECT_EQ(found.at("cpu_problem"), nullptr);
  EXPECT_THAT(text(options), HasSubstr("CPUs       package-0 with memory, package-1\n"));
}

TEST_F(Env, cpu_packages_that_cannot_be_read_are_told_also_without_a_driver) {
  const FakePowercap cpus;
  cpus.add("intel-rapl:0", "package-0", 1);
  std::filesystem::remove(cpus.counter("intel-rapl:0"));
  write_text(folder_ / "libnvidia-ml.so.1", "");
  const RunOptions options{.environment = {{"LD_LIBRARY_PATH", folder_.path().string()},
                                           {"ZEUS_POWERCAP", cpus.path().string()}}};
  EXPECT_THAT(report(options).at("cpu_problem").get<std::string>(), HasSubstr("energy_uj"));
  EXPECT_THAT(text(options), AllOf(HasSubstr("CPUs       may not be read\n"),
                                   HasSubstr("- CPU energy can't be measured")));
}

TEST_F(Env, mixed_models_are_told_to_be_numbered_otherwise_by_cuda) {
  RunOptions options = machine(R"({"gpus": [{"model": "V100"}, {"model": "P100"}]})");
  EXPECT_THAT(text(options), AllOf(HasSubstr("CUDA_DEVICE_ORDER=PCI_BUS_ID"),
                                   HasSubstr("GPU 1 has no energy counter"), HasSubstr("sampled")));
  options.environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID";
  EXPECT_THAT(text(options), Not(HasSubstr("CUDA_DEVICE_ORDER")));
}

TEST_F(Env, mig_comes_with_the_command_that_turns_it_off) {
  const RunOptions options = machine(R"({"gpus": [{"uuid": "GPU-a", "mig": true}]})");
  const json found = report(options);
  EXPECT_EQ(found.at("gpus").at(0).at("mig_enabled"), true);
  EXPECT_THAT(commands(found), Contains("sudo nvidia-smi -i GPU-a -mig 0"));
}

TEST_F(Env, visible_devices_are_told_by_the_drivers_indices) {
  RunOptions options = machine(R"({"gpus": [{"count": 4}]})");
  options.environment["CUDA_VISIBLE_DEVICES"] = "2,0,9,1";
  const json found = report(options);
  EXPECT_EQ(found.at("cuda_visible_devices"), "2,0,9,1");
  EXPECT_EQ(found.at("gpus").at(0).at("visible_index"), 1);
  EXPECT_EQ(found.at("gpus").at(1).at("visible_index"), nullptr);
  EXPECT_EQ(found.at("gpus").at(2).at("visible_index"), 0);
  EXPECT_THAT(text(options), HasSubstr("GPU 2, 0 (CUDA_VISIBLE_DEVICES=2,0,9,1)"));

  options.environment["CUDA_VISIBLE_DEVICES"] = "";
  EXPECT_THAT(commands(report(options)), Contains("unset CUDA_VISIBLE_DEVICES"));
  options.environment["CUDA_VISIBLE_DEVICES"] = "MIG-1";
  EXPECT_THAT(text(options), HasSubstr("MIG-1"));
}

TEST_F(Env, a_lost_gpu_hides_no_other) {
  const json found = report(machine(
      R"({"gpus": [{"count": 2}],
          "faults": [{"function": "nvmlDeviceGetHandleByIndex_v2", "gpu": 0, "code": 15}]})"));
  ASSERT_THAT(found.at("gpus"), SizeIs(2));
  EXPECT_NE(found.at("gpus").at(0).at("problem"), nullptr);
  EXPECT_EQ(found.at("gpus").at(0).at("requested_power_limit_w"), nullptr);
  EXPECT_EQ(found.at("gpus").at(1).at("problem"), nullptr);
  EXPECT_EQ(found.at("gpus").at(1).at("requested_power_limit_w"), 250);
}

TEST_F(Env, a_lost_gpu_is_reported_once) {
  const RunOptions options = machine(
      R"({"gpus": [{"count": 2}],
          "faults": [{"function": "nvmlDeviceGetHandleByIndex_v2", "gpu": 0, "code": 15}]})");
  const std::string shown = text(options);
  EXPECT_EQ(shown.find("fallen off the bus"), shown.rfind("fallen off the bus")) << shown;
  EXPECT_THAT(shown, HasSubstr("leave it out"));
  EXPECT_THAT(report(options).at("findings"), SizeIs(1));
  // Lost only after it was opened.
  const RunOptions later = machine(
      R"({"gpus": [{"count": 2}],
          "faults": [{"function": "nvmlDeviceGetPowerManagementLimit", "gpu": 0, "call": 2,
                      "code": 15},
                     {"function": "nvmlDeviceGetEnforcedPowerLimit", "gpu": 0, "call": 2,
                      "code": 15}]})");
  EXPECT_THAT(report(later).at("findings"), SizeIs(1));
}

TEST_F(Env, a_gpu_that_reports_no_power_is_not_called_sampled) {
  const RunOptions options = machine(
      R"({"gpus": [{"energy_counter": false}],
          "faults": [{"function": "nvmlDeviceGetPowerUsage", "code": 3},
                     {"function": "nvmlDeviceGetFieldValues", "code": 3}]})");
  EXPECT_THAT(text(options), AllOf(HasSubstr("none"), Not(HasSubstr("sampl")),
                                   HasSubstr("reports neither energy nor power")));
}

TEST_F(Env, access_that_a_container_lost_comes_with_what_brings_it_back) {
  const RunOptions options = machine(R"({"faults": [{"function": "nvmlInit_v2", "code": 999}]})");
  EXPECT_THAT(text(options), AllOf(HasSubstr("restart the"), HasSubstr("container")));
}

TEST_F(Env, a_refused_reading_is_told_and_the_others_are_there) {
  const RunOptions options = machine(
      R"({"faults": [{"function": "nvmlDeviceGetPowerManagementDefaultLimit", "code": 999}]})");
  const json found = report(options);
  EXPECT_EQ(found.at("gpus").at(0).at("default_power_limit_w"), nullptr);
  EXPECT_EQ(found.at("gpus").at(0).at("requested_power_limit_w"), 250);
  EXPECT_EQ(run_zeus({"env"}, options).status, 0);
}

TEST_F(Env, without_the_right_to_set_limits_it_says_so_and_what_to_do) {
  RunOptions options = machine("{}");
  options.without_sys_admin = true;
  const json found = report(options);
  EXPECT_EQ(found.at("rights").at("cap_sys_admin"), false);
  EXPECT_EQ(found.at("rights").at("may_set_power_limits"), false);
  const bool is_root = geteuid() == 0;
  EXPECT_EQ(found.at("rights").at("root"), is_root);
  EXPECT_THAT(commands(found), Contains(HasSubstr(is_root ? "--cap-add SYS_ADMIN" : "sudo ")));
  EXPECT_THAT(text(options), HasSubstr("may not set power limits"));
}

TEST_F(Env, a_daemon_that_does_not_answer_is_told_with_what_to_look_at) {
  RunOptions options = machine("{}");
  options.environment["ZEUSD_SOCK_PATH"] = "/nowhere/zeusd.sock";
  const json found = report(options);
  EXPECT_EQ(found.at("rights").at("daemon"), "/nowhere/zeusd.sock");
  EXPECT_EQ(found.at("rights").at("may_set_power_limits"), false);
  EXPECT_THAT(commands(found), Contains("systemctl status zeusd"));
  EXPECT_THAT(text(options), AllOf(HasSubstr("no answer from zeusd at /nowhere/zeusd.sock: No\n"
                                             "  such file or directory"),
                                   HasSubstr("can't be set by zeusd")));
}

TEST_F(Env, reads_only) {
  // A driver that refuses every write, and would count a try as a failure of the library.
  const RunOptions options = machine(R"({"gpus": [{"writable": false, "prior_limit_w": 200}]})");
  EXPECT_EQ(report(options).at("gpus").at(0).at("requested_power_limit_w"), 200);
  EXPECT_THAT(report(options).at("findings").dump(), Not(HasSubstr("permission")));
}

TEST_F(Env, without_a_driver_it_says_so_and_names_the_demo) {
  if (void* const driver = dlopen("libnvidia-ml.so.1", RTLD_LAZY)) {
    dlclose(driver);
    GTEST_SKIP() << "this machine has an NVIDIA driver";
  }
  const RunOptions options{.environment = {{"LD_LIBRARY_PATH", std::nullopt}}};
  const json found = report(options);
  EXPECT_EQ(found.at("driver").at("found"), false);
  EXPECT_THAT(found.at("driver").at("problem").get<std::string>(), HasSubstr("libnvidia-ml.so.1"));
  EXPECT_THAT(found.at("gpus"), IsEmpty());
  EXPECT_THAT(text(options), AllOf(HasSubstr("none"), HasSubstr("    zeus demo\n")));
}

TEST_F(Env, a_driver_that_cannot_be_loaded_or_does_not_start_is_told) {
  write_text(folder_ / "libnvidia-ml.so.1", "");
  const json broken = report({.environment = {{"LD_LIBRARY_PATH", folder_.path().string()}}});
  EXPECT_EQ(broken.at("driver").at("found"), false);
  EXPECT_NE(broken.at("driver").at("problem"), nullptr);

  const RunOptions options = machine(R"({"faults": [{"function": "nvmlInit_v2", "code": 9},
                             {"function": "nvmlInitWithFlags", "code": 9}]})");
  EXPECT_EQ(report(options).at("driver").at("found"), false);
  EXPECT_THAT(text(options), HasSubstr("zeus demo"));
}

}  // namespace
}  // namespace zeus::testing
