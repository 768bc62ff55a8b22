// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <filesystem>
#include <sstream>

#include "tests/apps/zeus_program.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Arguments = std::vector<std::string>;

// `zeus simulate --quiet OPTIONS -- sh -c SCRIPT`.
Arguments simulated(const Arguments& options, const std::string& script) {
  Arguments arguments{"simulate", "--quiet"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  for (const char* word : {"--", "sh", "-c"}) arguments.emplace_back(word);
  arguments.push_back(script);
  return arguments;
}

const std::string kZeus = ZEUS_COMMAND;
const std::string kListGpus = "nvidia-smi --query-gpu=name,power.limit --format=csv,noheader";

TEST(Simulate, gives_a_program_the_gpus_that_are_asked_for) {
  const Outcome outcome = run_zeus(simulated({"--gpus", "2xV100,A40,1xH100"}, kListGpus));
  EXPECT_EQ(outcome.out,
            "Tesla V100-PCIE-32GB, 250.00 W\n"
            "Tesla V100-PCIE-32GB, 250.00 W\n"
            "NVIDIA A40, 300.00 W\n"
            "NVIDIA H100 80GB HBM3, 700.00 W\n");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST(Simulate, says_what_is_simulated_and_what_is_extrapolated) {
  const Outcome outcome = run_zeus({"simulate", "--gpus", "4xV100,2xA100", "--", "true"});
  EXPECT_EQ(
      outcome.err,
      "zeus: simulated GPUs: 4 x V100, 2 x A100 (an extrapolation); every figure of theirs is "
      "simulated\n");
  EXPECT_THAT(outcome.out, IsEmpty());
}

TEST(Simulate, runs_this_command_too) {
  const Outcome outcome = run_zeus(simulated({"--gpus", "RTX6000"}, kZeus + " env"));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("Quadro RTX 6000"));
}

TEST(Simulate, passes_the_exit_status_on) {
  EXPECT_EQ(run_zeus(simulated({}, "exit 7")).status, 7);
  EXPECT_EQ(run_zeus(simulated({}, "exit 0")).status, 0);
}

TEST(Simulate, dies_of_the_signal_that_killed_the_program) {
  EXPECT_EQ(run_zeus(simulated({}, "kill -KILL $$")).status, 128 + SIGKILL);
  EXPECT_EQ(run_zeus(simulated({}, "kill -TERM $$")).status, 128 + SIGTERM);
}

TEST(Simulate, passes_signals_on) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
    RunningZeus zeus(simulated({},
                               "trap 'echo got it; exit 5' TERM INT HUP USR1; echo ready; "
                               "while :; do sleep 0.02; done"));
    ASSERT_TRUE(zeus.wait_until([](const std::string& out) { return out == "ready\n"; }));
    zeus.signal(signal);
    const Outcome outcome = zeus.wait();
    EXPECT_EQ(outcome.out, "ready\ngot it\n") << signal;
    EXPECT_EQ(outcome.status, 5) << signal;
  }
}

TEST(Simulate, takes_a_key_of_the_terminal_once) {
  RunOptions options;
  options.on_terminal = true;
  RunningZeus zeus(simulated({},
                             "trap 'echo got it' INT; echo ready; sleep 0.3; sleep 0.3; "
                             "echo end"),
                   options);
  ASSERT_TRUE(zeus.wait_until(
      [](const std::string& out) { return out.find("ready") != std::string::npos; }));
  zeus.type("\x03");
  const std::string out = zeus.wait().out;
  EXPECT_EQ(out.find("got it"), out.rfind("got it")) << out;
  EXPECT_THAT(out, AllOf(HasSubstr("got it"), HasSubstr("end")));
}

TEST(Simulate, leaves_nothing_behind_however_the_program_ends) {
  for (const char* end : {"exit 0", "exit 1", "kill -KILL $$"}) {
    const Outcome outcome =
        run_zeus(simulated({},
                           "nvidia-smi -L > /dev/null; ls $ZEUS_SIMULATOR_STATE && dirname "
                           "$ZEUS_SIMULATOR_STATE; " +
                               std::string(end)));
    std::istringstream lines(outcome.out);
    std::string state;
    std::string folder;
    ASSERT_TRUE(std::getline(lines, state) && std::getline(lines, folder)) << outcome.out;
    EXPECT_TRUE(state.starts_with(folder)) << outcome.out;
    EXPECT_FALSE(std::filesystem::exists(folder)) << folder;
  }
}

TEST(Simulate, a_program_that_is_not_there_or_none_is_told_with_the_shells_codes) {
  const Outcome missing = run_zeus({"simulate", "--quiet", "--", "no-such-program"});
  EXPECT_EQ(missing.status, 127);
  EXPECT_EQ(missing.err, "zeus: no-such-program: No such file or directory\n");
  const Outcome none = run_zeus({"simulate", "--quiet", "--", "/etc/passwd"});
  EXPECT_EQ(none.status, 126);
  EXPECT_EQ(none.err, "zeus: /etc/passwd: Permission denied\n");
}

TEST(Simulate, takes_a_scenario_and_options_replace_its_keys) {
  const TemporaryFolder folder;
  write_text(folder / "curve.csv",
             "dataset,network,batch_size,optimizer,power_limit,time_per_epoch,average_power\n"
             "d,n,1,o,200,10,200\nd,n,1,o,100,20,100\n");
  write_text(folder / "s.json", R"({"gpus": [{"model": "A40", "prior_limit_w": 150}],
      "workload": {"csv": "curve.csv"}})");
  const std::string scenario = (folder / "s.json").string();
  EXPECT_EQ(run_zeus(simulated({"--scenario", scenario}, kListGpus)).out, "NVIDIA A40, 150.00 W\n");
  EXPECT_EQ(run_zeus(simulated({"--scenario", scenario, "--gpus", "2xP100"}, kListGpus)).out,
            "Tesla P100-PCIE-16GB, 250.00 W\nTesla P100-PCIE-16GB, 250.00 W\n");
  EXPECT_EQ(run_zeus(simulated({"--scenario", scenario, "--workload", "NCF"}, kListGpus)).status,
            0);
}

TEST(Simulate, a_bad_scenario_is_told_with_line_and_reason) {
  const TemporaryFolder folder;
  write_text(folder / "s.json", "{\n  \"seed\": 1,\n  \"clok\": \"real\"\n}");
  const std::string scenario = (folder / "s.json").string();
  const Outcome outcome = run_zeus({"simulate", "--scenario", scenario, "--", "true"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "zeus: " + scenario + ":3: clok: unknown key\n");
}

TEST(Simulate, orders_faults) {
  const TemporaryFolder folder;
  write_text(folder / "s.json", R"({"faults": [{"function": "nvmlInit_v2", "code": 9}]})");
  const Outcome outcome =
      run_zeus(simulated({"--scenario", (folder / "s.json").string()}, "nvidia-smi -L"));
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "nvidia-smi (simulated): Driver Not Loaded\n");
}

class SimulateVirtualTime : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef ZEUS_SANITIZED
    GTEST_SKIP() << "a library with a sanitizer cannot be loaded before a program without one";
#endif
  }
};

TEST_F(SimulateVirtualTime, passes_in_sleep_and_takes_none) {
  const auto begin = std::chrono::steady_clock::now();
  const Outcome outcome =
      run_zeus(simulated({"--clock", "virtual"}, "date +%s; sleep 3600; date +%s"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(600));
  std::istringstream times(outcome.out);
  long before = 0;
  long after = 0;
  ASSERT_TRUE(times >> before >> after) << outcome.out << outcome.err;
  EXPECT_NEAR(static_cast<double>(after - before), 3600, 1.5);
}

// What a program sees of its own clock while it waits in each way.
constexpr const char* kWaits = R"(
import ctypes, select, threading, time
driver = ctypes.CDLL("libnvidia-ml.so.1")
def took(wait):
    begin, unix = time.monotonic(), time.time()
    wait()
    took, unix_took = time.monotonic() - begin, time.time() - unix
    assert abs(took - unix_took) < 0.001, (took, unix_took)
    return took
def near(seconds, expected, tolerance=0.01):
    assert abs(seconds - expected) <= tolerance, (seconds, expected)
def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end: pass
def woken():
    event = threading.Event()
    threading.Timer(2, event.set).start()
    assert event.wait(1000)
near(took(lambda: time.sleep(500)), 500)
near(took(lambda: select.select([], [], [], 40)), 40)
near(took(lambda: threading.Event().wait(0.3)), 0.3)
near(took(lambda: threading.Lock().acquire(timeout=-1)), 0)
near(took(woken), 2, 0.5)
near(took(lambda: spin(0.05)), 0.05)
step = lambda: driver.zeus_sim_step((ctypes.c_uint * 1)(0), 1)
near(took(step), 0.25)
print("all as expected")
)";

TEST_F(SimulateVirtualTime, is_what_every_way_to_wait_goes_by) {
  const TemporaryFolder folder;
  write_text(folder / "waits.py", kWaits);
  write_text(folder / "s.json", R"({"clock": "virtual", "noise": {"time": 0}, "workload":
      {"dynamic_w": 100, "idle_share": 0, "clock_bound": 1, "step_seconds": 0.25}})");
  const Outcome outcome =
      run_zeus({"simulate", "--quiet", "--scenario", (folder / "s.json").string(), "--", "python3",
                (folder / "waits.py").string()});
  EXPECT_EQ(outcome.out, "all as expected\n") << outcome.err;
}

TEST_F(SimulateVirtualTime, counts_energy_over_a_sleep) {
  const TemporaryFolder folder;
  write_text(folder / "idle.py", R"(
import ctypes, time
driver = ctypes.CDLL("libnvidia-ml.so.1")
gpu, energy = ctypes.c_void_p(), ctypes.c_ulonglong()
assert driver.nvmlInit_v2() == 0
assert driver.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(gpu)) == 0
def joules():
    assert driver.nvmlDeviceGetTotalEnergyConsumption(gpu, ctypes.byref(energy)) == 0
    return energy.value / 1000
before = joules()
time.sleep(1000)
print(round((joules() - before) / 1000, 1))
)");
  const Outcome outcome = run_zeus({"simulate", "--quiet", "--clock", "virtual", "--", "python3",
                                    (folder / "idle.py").string()});
  EXPECT_EQ(outcome.out, "33.0\n") << outcome.err;
}

}  // namespace
}  // namespace zeus::testing
