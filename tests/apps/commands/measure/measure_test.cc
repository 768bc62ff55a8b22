// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/apps/machine_fixture.h"
#include "tests/apps/zeus_program.h"

namespace zeus::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Arguments = std::vector<std::string>;

constexpr double kIdleV100 = 33.0;  // W

class Measure : public MachineFixture {
 protected:
  Measure() { cpus_.add("intel-rapl:0/intel-rapl:0:0", "dram", 5'000'000); }

  // A machine without GPUs and CPUs.
  RunOptions nothing() {
    write_text(folder_ / "libnvidia-ml.so.1", "");
    return {.environment = {{"LD_LIBRARY_PATH", folder_.path().string()},
                            {"ZEUS_POWERCAP", (folder_ / "none").string()}}};
  }

  // `zeus measure OPTIONS -- sh -c SCRIPT`.
  static Arguments measuring(const Arguments& options, const std::string& script) {
    Arguments arguments{"measure"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    for (const char* word : {"--", "sh", "-c"}) arguments.emplace_back(word);
    arguments.push_back(script);
    return arguments;
  }

  // The command adds as much to the counters of package and memory.
  [[nodiscard]] std::string drawing(double joules, double dram_joules) const {
    const auto counter = [](double value) { return std::to_string(std::llround(value * 1e6)); };
    return "echo " + counter(1 + joules) + " > " + cpus_.counter("intel-rapl:0").string() +
           "; echo " + counter(5 + dram_joules) + " > " +
           cpus_.counter("intel-rapl:0/intel-rapl:0:0").string();
  }
};

TEST_F(Measure, tells_time_and_energy_of_each_device) {
  const Outcome outcome =
      run_zeus(measuring({"--json"}, drawing(12, 3) + "; sleep 0.5"), machine());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, IsEmpty());
  const json report = json::parse(outcome.err);
  const double time = report.at("time_s");
  EXPECT_GE(time, 0.5);
  EXPECT_EQ(report.at("simulated"), true);
  ASSERT_THAT(report.at("gpus"), SizeIs(2));
  double sum = 15;
  for (const json& gpu : report.at("gpus")) {
    // Idle, told in ticks of 20 ms; a busy machine may delay both ends.
    EXPECT_GE(gpu.at("energy_j"), kIdleV100 * (time - 0.05));
    EXPECT_LE(gpu.at("energy_j"), kIdleV100 * (time + 1));
    EXPECT_EQ(gpu.at("average_power_w"), gpu.at("energy_j").get<double>() / time);
    EXPECT_EQ(gpu.at("shorter_than_counter_period"), false);
    sum += gpu.at("energy_j").get<double>();
  }
  ASSERT_THAT(report.at("cpus"), SizeIs(1));
  EXPECT_EQ(report.at("cpus").at(0).at("energy_j"), 12);
  EXPECT_EQ(report.at("cpus").at(0).at("dram_energy_j"), 3);
  EXPECT_NEAR(report.at("total_energy_j"), sum, 1e-9);
  EXPECT_THAT(report.at("notes"), IsEmpty());
}

TEST_F(Measure, leaves_the_commands_streams_its_own) {
  const Outcome outcome =
      run_zeus(measuring({}, "echo result; echo complaint >&2; sleep 0.1"), machine());
  EXPECT_EQ(outcome.out, "result\n");
  EXPECT_THAT(outcome.err,
              AllOf(StartsWith("complaint\nzeus measure: sh -c echo result; echo "
                               "complaint >&2; sleep 0.1\nTook 0."),
                    HasSubstr("exit status 0.\n"), HasSubstr("  GPU 1  "), HasSubstr("(SIMULATED)"),
                    HasSubstr("  CPU 0 memory  "), HasSubstr("  all  ")));
}

TEST_F(Measure, passes_the_exit_status_on) {
  EXPECT_EQ(run_zeus(measuring({}, "exit 7"), machine()).status, 7);
  const Outcome killed = run_zeus(measuring({}, "kill -KILL $$"), machine());
  EXPECT_EQ(killed.status, 128 + SIGKILL);
  EXPECT_THAT(killed.err, HasSubstr("ended by signal 9 (Killed)."));
}

TEST_F(Measure, a_command_that_cannot_be_run_has_the_shells_codes) {
  const Outcome missing = run_zeus({"measure", "--", "no-such-program", "x"}, machine());
  EXPECT_EQ(missing.status, 127);
  EXPECT_EQ(missing.err, "zeus: no-such-program: No such file or directory\n");
  const Outcome none = run_zeus({"measure", "--", "/etc/passwd"}, machine());
  EXPECT_EQ(none.status, 126);
  EXPECT_EQ(none.err, "zeus: /etc/passwd: Permission denied\n");
}

TEST_F(Measure, hands_the_command_its_words_as_they_are) {
  const Outcome outcome =
      run_zeus({"measure", "--", "printf", "<%s>", "--json", "", "--", "[a,b]", "-h"}, machine());
  EXPECT_EQ(outcome.out, "<--json><><--><[a,b]><-h>");
}

TEST_F(Measure, passes_signals_on) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1}) {
    RunningZeus zeus(measuring({"--no-cpus"},
                               "trap 'echo got it; exit 5' INT TERM HUP QUIT USR1; echo ready; "
                               "while :; do sleep 0.02; done"),
                     machine());
    ASSERT_TRUE(zeus.wait_until([](const std::string& out) { return out == "ready\n"; }));
    zeus.signal(signal);
    const Outcome outcome = zeus.wait();
    EXPECT_EQ(outcome.out, "ready\ngot it\n") << signal;
    EXPECT_EQ(outcome.status, 5) << signal;
    EXPECT_THAT(outcome.err, HasSubstr("exit status 5.")) << signal;
  }
}

TEST_F(Measure, signals_reach_the_command_while_power_is_sampled) {
  // A thread samples here: it must not take signals for itself.
  RunningZeus zeus(measuring({}, "trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done"),
                   machine(R"({"gpus": [{"model": "P100"}]})"));
  ASSERT_TRUE(zeus.wait_until([](const std::string& out) { return out == "ready\n"; }));
  zeus.signal(SIGTERM);
  EXPECT_EQ(zeus.wait().status, 5);
}

TEST_F(Measure, takes_control_c_once_and_tells_what_was_measured) {
  RunOptions options = machine();
  options.on_terminal = true;
  RunningZeus zeus(
      measuring({}, "trap 'echo got it' INT; echo ready; sleep 0.3; sleep 0.3; exit 4"), options);
  ASSERT_TRUE(zeus.wait_until(
      [](const std::string& out) { return out.find("ready") != std::string::npos; }));
  zeus.type("\x03");
  const Outcome outcome = zeus.wait();
  EXPECT_EQ(outcome.status, 4);
  const auto first = outcome.out.find("got it\r");
  EXPECT_NE(first, std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.out.find("got it\r", first + 1), std::string::npos) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("exit status 4."));
}

TEST_F(Measure, stops_with_the_command_on_control_z_and_goes_on_with_it) {
  RunOptions options = machine();
  options.on_terminal = true;
  options.program = "/bin/bash";
  // A shell with job control, as a user has.
  RunningZeus shell({"--norc", "-c",
                     "set -m\n"
                     "\"$1\" measure -- sh -c 'echo begun; sleep 0.5; exit 3'\n"
                     "echo stopped with $?\n"
                     "fg > /dev/null\n"
                     "echo ended with $?",
                     "shell", ZEUS_COMMAND},
                    options);
  ASSERT_TRUE(shell.wait_until(
      [](const std::string& out) { return out.find("begun\r") != std::string::npos; }));
  shell.type("\x1a");
  const Outcome outcome = shell.wait();
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("stopped with " + std::to_string(128 + SIGTSTP)),
                                 HasSubstr("exit status 3."), HasSubstr("ended with 3")));
}

// In a process group of its own with a parent in another, so that the kernel lets it stop.
constexpr const char* kStopsAndContinues = R"python(
import os, signal, subprocess, sys, time
zeus = subprocess.Popen([sys.argv[1], "measure", "--", "sleep", "100"], preexec_fn=os.setpgrp)
def text(name):
    with open(f"/proc/{name}") as file:
        return file.read()
def until(is_so):
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
def children():
    return text(f"{zeus.pid}/task/{zeus.pid}/children").split()
def state(pid):
    return text(f"{pid}/stat").rsplit(")", 1)[1].split()[0]
until(lambda: children() and text(f"{children()[0]}/comm") == "sleep\n")
child = children()[0]
zeus.send_signal(signal.SIGTSTP)
until(lambda: state(child) == "T" and state(zeus.pid) == "T")
zeus.send_signal(signal.SIGCONT)
until(lambda: state(child) == "S" and state(zeus.pid) == "S")
zeus.send_signal(signal.SIGTERM)
print("ended by", -zeus.wait())
)python";

TEST_F(Measure, a_stop_from_elsewhere_stops_the_command_too) {
  RunOptions options = machine();
  options.program = "/usr/bin/env";
  const Outcome outcome = run_zeus({"python3", "-c", kStopsAndContinues, ZEUS_COMMAND}, options);
  EXPECT_EQ(outcome.out, "ended by " + std::to_string(SIGTERM) + "\n") << outcome.err;
}

TEST_F(Measure, a_command_shorter_than_the_counters_period_is_told) {
  // A busy machine may take longer than 0.1 s for `true`: then the next try counts.
  for (int tries = 1;; ++tries) {
    const Outcome outcome = run_zeus({"measure", "--json", "--no-cpus", "--", "true"},
                                     machine(R"({"gpus": [{"model": "A40"}]})"));
    const json report = json::parse(outcome.err);
    const bool is_short = report.at("time_s") < 0.1;
    EXPECT_EQ(report.at("gpus").at(0).at("shorter_than_counter_period"), is_short);
    const auto tells = AllOf(HasSubstr("GPU 0"), HasSubstr("0.1 s"), HasSubstr("longer"));
    if (is_short) {
      EXPECT_THAT(report.at("notes").dump(), tells);
      break;
    }
    EXPECT_THAT(report.at("notes").dump(), Not(tells));
    ASSERT_LT(tries, 100) << "`true` took " << report.at("time_s") << " s";
  }
}

TEST_F(Measure, measures_the_gpus_asked_for) {
  const Outcome outcome =
      run_zeus({"measure", "--gpus", "1", "--no-cpus", "--", "true"}, machine());
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("GPU 1"), Not(HasSubstr("GPU 0")), Not(HasSubstr("CPU"))));
  for (const char* gpus : {"2", "0,0"}) {
    const Outcome wrong = run_zeus({"measure", "--gpus", gpus, "--", "echo", "it ran"}, machine());
    EXPECT_EQ(wrong.status, 125);
    EXPECT_THAT(wrong.out, IsEmpty()) << "the command must not run";
    EXPECT_THAT(wrong.error_lines(), SizeIs(1));
    EXPECT_THAT(wrong.err, StartsWith("zeus: "));
  }
}

TEST_F(Measure, a_gpu_that_is_lost_meanwhile_takes_no_others_figures) {
  const Outcome outcome = run_zeus(measuring({"--json"}, "sleep 0.1; exit 2"),
                                   machine(R"({"gpus": [{"count": 2}], "faults": [
          {"function": "nvmlDeviceGetTotalEnergyConsumption", "gpu": 0, "code": 15, "call": 4},
          {"function": "nvmlDeviceGetFieldValues", "gpu": 0, "code": 15, "call": 4}]})"));
  EXPECT_EQ(outcome.status, 2);
  const json report = json::parse(outcome.err);
  EXPECT_EQ(report.at("gpus").at(0).at("energy_j"), nullptr) << report;
  EXPECT_GT(report.at("gpus").at(1).at("energy_j"), 0);
  EXPECT_EQ(report.at("total_energy_j"), nullptr);
  EXPECT_THAT(report.at("notes").dump(), HasSubstr("The energy of GPU 0 is not known"));
}

TEST_F(Measure, a_gpu_in_mig_mode_is_left_out_unless_asked_for) {
  const RunOptions options =
      machine(R"({"gpus": [{"model": "A40", "mig": true}, {"model": "A40"}]})");
  const Outcome outcome = run_zeus({"measure", "--json", "--", "true"}, options);
  EXPECT_EQ(outcome.status, 0);
  const json report = json::parse(outcome.err);
  ASSERT_THAT(report.at("gpus"), SizeIs(1));
  EXPECT_EQ(report.at("gpus").at(0).at("index"), 1);
  EXPECT_THAT(report.at("notes").dump(), AllOf(HasSubstr("GPU 0"), HasSubstr("MIG")));

  const Outcome asked = run_zeus({"measure", "--gpus", "0", "--", "true"}, options);
  EXPECT_EQ(asked.status, 125);
  EXPECT_THAT(asked.err, HasSubstr("MIG"));
}

TEST_F(Measure, measures_time_where_there_is_nothing_else) {
  const Outcome outcome = run_zeus({"measure", "--json", "--", "sleep", "0.05"}, nothing());
  EXPECT_EQ(outcome.status, 0);
  const json report = json::parse(outcome.err);
  EXPECT_GE(report.at("time_s"), 0.05);
  EXPECT_THAT(report.at("gpus"), IsEmpty());
  EXPECT_EQ(report.at("total_energy_j"), nullptr);
  EXPECT_THAT(report.at("notes").dump(),
              AllOf(HasSubstr("No GPU is measured"), HasSubstr("No CPU is measured")));
  EXPECT_THAT(run_zeus({"measure", "--", "true"}, nothing()).err, HasSubstr("No GPU is measured"));
}

TEST_F(Measure, a_counter_of_the_cpu_that_starts_again_is_a_note_and_not_its_range) {
  const std::string reset = "echo 5 > " + cpus_.counter("intel-rapl:0").string();
  cpus_.set("intel-rapl:0", 100'000'000'000);
  const Outcome outcome = run_zeus(measuring({"--json"}, reset), machine());
  const json report = json::parse(outcome.err);
  EXPECT_EQ(report.at("cpus").at(0).at("energy_j"), 0) << "a wrap is 162 kJ";
  EXPECT_THAT(report.at("notes").dump(), HasSubstr("started again"));
}

TEST_F(Measure, runs_the_command_where_the_job_was_given_a_part_of_a_gpu) {
  RunOptions options = machine();
  options.environment["CUDA_VISIBLE_DEVICES"] = "MIG-0a1b2c3d-1111-2222-3333-444455556666";
  const Outcome outcome = run_zeus(measuring({"--json"}, "exit 3"), options);
  EXPECT_EQ(outcome.status, 3);
  const json report = json::parse(outcome.err);
  EXPECT_THAT(report.at("gpus"), IsEmpty());
  EXPECT_THAT(report.at("notes").dump(), AllOf(HasSubstr("No GPU is read"), HasSubstr("MIG")));
  EXPECT_EQ(run_zeus({"measure", "--gpus", "0", "--", "true"}, options).status, 125);
}

}  // namespace
}  // namespace zeus::testing
