// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How often a signal reaches the command that `zeus measure` and `zeus simulate` run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/apps/zeus_program.h"

namespace zeus::testing {
namespace {

// Starts WRAPPER… with a command that counts the signals it gets, in a process group of its own;
// sends what `plan` says; then SIGRTMAX to the wrapper alone, which ends the command. What the
// wrapper passes on it passes on in order, and the highest number is taken last.
constexpr const char* kCounts = R"python(
import os, signal, subprocess, sys
plan, command_setup, wrapper = sys.argv[1], sys.argv[2], sys.argv[3:]
command = """
import os, signal
""" + command_setup + """
watched = set(signal.valid_signals()) - {signal.SIGCHLD, signal.SIGCONT}
signal.pthread_sigmask(signal.SIG_BLOCK, watched)
print("ready", flush=True)
got = []
while True:
    number = signal.sigwait(watched)
    if number == signal.SIGRTMAX: break
    got.append(int(number))
print(*got, flush=True)
"""
zeus = subprocess.Popen([*wrapper, "--", sys.executable, "-c", command], start_new_session=True,
                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
assert zeus.stdout.readline() == "ready\n"
def group(number): os.killpg(zeus.pid, number)
def alone(number): os.kill(zeus.pid, number)
def everybody(number):  # as a control group's manager: one process after the other
    session = [int(name) for name in os.listdir("/proc") if name.isdigit() and is_in_session(int(name))]
    os.kill(zeus.pid, signal.SIGSTOP)  # so that it does not matter how long this takes
    for pid in sorted(session): os.kill(pid, number)
    os.kill(zeus.pid, signal.SIGCONT)
def is_in_session(pid):
    try: return os.getsid(pid) == zeus.pid
    except ProcessLookupError: return False
exec(plan)
alone(signal.SIGRTMAX)
print(zeus.stdout.read().strip())
)python";

const std::vector<std::vector<std::string>> kWrappers{{ZEUS_COMMAND, "measure", "--no-cpus"},
                                                      {ZEUS_COMMAND, "simulate", "--quiet"}};

std::string received(const std::string& plan, const std::vector<std::string>& wrapper,
                     const std::string& command_setup = "") {
  RunOptions options;
  options.program = "/usr/bin/env";
  std::vector<std::string> arguments{"python3", "-c", kCounts, plan, command_setup};
  arguments.insert(arguments.end(), wrapper.begin(), wrapper.end());
  const Outcome outcome = run_zeus(arguments, options);
  return outcome.out + outcome.err;
}

std::string times(int number) { return std::to_string(number) + "\n"; }

TEST(Signals, to_the_whole_group_reach_the_command_once) {
  for (const auto& wrapper : kWrappers) {
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
      EXPECT_EQ(received("group(" + std::to_string(number) + ")", wrapper), times(number));
    }
  }
}

TEST(Signals, to_every_process_of_a_control_group_reach_the_command_once) {
  for (const auto& wrapper : kWrappers) {
    EXPECT_EQ(received("everybody(signal.SIGTERM)", wrapper), times(SIGTERM));
  }
}

TEST(Signals, to_the_wrapper_alone_reach_the_command_once) {
  for (const auto& wrapper : kWrappers) {
    for (const int number : {SIGTERM, SIGUSR2, SIGALRM, SIGXCPU, SIGRTMIN + 3}) {
      EXPECT_EQ(received("alone(" + std::to_string(number) + ")", wrapper), times(number));
    }
  }
}

TEST(Signals, through_two_wrappers_reach_the_command_once) {
  const std::vector<std::string> both{ZEUS_COMMAND, "simulate", "--quiet",  "--",
                                      ZEUS_COMMAND, "measure",  "--no-cpus"};
  EXPECT_EQ(received("group(signal.SIGTERM)", both), times(SIGTERM));
  EXPECT_EQ(received("alone(signal.SIGTERM)", both), times(SIGTERM));
}

TEST(Signals, reach_a_command_that_has_made_a_group_of_its_own) {
  // As timeout(1) does; without zeus it would be the group that was signalled.
  EXPECT_EQ(received("group(signal.SIGTERM)", kWrappers.front(), "os.setpgid(0, 0)"),
            times(SIGTERM));
}

TEST(Signals, the_process_that_watches_them_ends_with_the_wrapper) {
  RunOptions options;
  options.program = "/usr/bin/env";
  // Its output is read to the end: nobody may keep it open.
  const Outcome outcome = run_zeus({"python3", "-c", R"python(
import os, signal, subprocess, sys, time
zeus = subprocess.Popen([sys.argv[1], "measure", "--no-cpus", "--", "sh", "-c", "echo $$; exec sleep 100"],
                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
command = int(zeus.stdout.readline())
with open(f"/proc/{zeus.pid}/task/{zeus.pid}/children") as file: children = file.read().split()
watchers = [int(pid) for pid in children if int(pid) != command]
late = time.monotonic() + 60  # it may not have been running yet
while (descriptors := os.listdir(f"/proc/{watchers[0]}/fd")) != ["0"] and time.monotonic() < late:
    time.sleep(0.01)
ends = [os.pidfd_open(pid) for pid in watchers]
zeus.kill()
os.kill(command, signal.SIGKILL)
zeus.stdout.read()
import select
for end in ends: assert select.select([end], [], [], 60)[0]
print(len(watchers), *descriptors)
)python",
                                    ZEUS_COMMAND},
                                   options);
  EXPECT_EQ(outcome.out, "1 0\n") << outcome.err;
}

}  // namespace
}  // namespace zeus::testing
