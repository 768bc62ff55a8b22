// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a command finds under `zeus measure` and `zeus simulate`, against what it finds without.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include "tests/apps/zeus_program.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::StartsWith;

// Runs a script of bash, where $zeus is the command.
Outcome in_shell(const std::string& script, const std::string& argument = "") {
  RunOptions options;
  options.program = "/bin/bash";
  options.environment["zeus"] = ZEUS_COMMAND;
  return run_zeus({"--norc", "-c", script, "shell", argument}, options);
}

class Inheritance : public ::testing::TestWithParam<const char*> {
 protected:
  // The same command with and without the wrapper, after `before`.
  static void expect_the_same(const std::string& before, const std::string& command) {
    const std::string plain = in_shell(before + " " + command).out;
    EXPECT_FALSE(plain.empty());
    EXPECT_EQ(in_shell(before + " $zeus " + GetParam() + " -- " + command).out, plain) << before;
  }
};

INSTANTIATE_TEST_SUITE_P(Wrapper, Inheritance,
                         ::testing::Values("measure --no-cpus --output /dev/null",
                                           "simulate --quiet"),
                         [](const auto& wrapper) {
                           return std::string(wrapper.param).substr(0, 7) == "measure" ? "measure"
                                                                                       : "simulate";
                         });

TEST_P(Inheritance, signals_that_are_ignored_or_blocked_stay_so) {
  const std::string what = "grep -E '^Sig(Ign|Blk|Cgt)' /proc/self/status";
  expect_the_same("env", what);
  expect_the_same("env --ignore-signal=CHLD", what);
  expect_the_same("env --ignore-signal=PIPE,HUP,XFSZ,USR1 --block-signal=USR2,TERM,RTMIN+2", what);
  expect_the_same("nohup", what);
}

TEST_P(Inheritance, descriptors_are_the_callers) {
  expect_the_same("exec 7</dev/null 9>/dev/null;", "ls /proc/self/fd");
}

TEST_P(Inheritance, mask_limits_and_priority_are_the_callers) {
  expect_the_same("umask 027; ulimit -S -n 300 -c 0 -f 99999; nice -n 3",
                  "sh -c 'umask; ulimit -S -n; ulimit -S -c; ulimit -S -f; nice'");
}

TEST_P(Inheritance, closed_standard_streams_stay_closed) {
  const std::string what = "sh -c 'for n in 0 1 2; do [ -e /proc/$$/fd/$n ] && echo $n; done >&3'";
  for (const char* closed : {"0<&-", "2>&-", "1>&-", "0<&- 1>&- 2>&-"}) {
    expect_the_same("exec 3>&1; exec " + std::string(closed) + ";", what);
  }
}

TEST_P(Inheritance, a_command_whose_parent_ignores_sigchld_is_still_waited_for) {
  const Outcome outcome = in_shell(std::string("env --ignore-signal=CHLD $zeus ") + GetParam() +
                                   " -- sh -c 'exit 7'; echo $?");
  EXPECT_EQ(outcome.out, "7\n");
}

TEST(ClosedStreams, the_table_does_not_land_in_the_csv_file) {
  const TemporaryFolder folder;
  const std::string file = folder / "runs.csv";
  for (const char* closed : {"2>&-", "0<&- 2>&-", "0<&- 1>&- 2>&-"}) {
    const Outcome outcome = in_shell(
        "rm -f \"$1\"; exec 3>&1; $zeus measure --no-cpus --csv \"$1\" -- sh -c 'exit 4' " +
            std::string(closed) + "; echo $? >&3",
        file);
    EXPECT_EQ(outcome.out, "4\n") << closed;
    const std::string text = read_text(file);
    EXPECT_THAT(text, StartsWith("start_time_s,"));
    EXPECT_EQ(std::ranges::count(text, '\n'), 2) << text;
  }
}

TEST(ClosedStreams, the_state_of_simulated_gpus_is_no_standard_stream) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "python3 can't load a driver that was built with the address sanitizer";
#endif
  const Outcome outcome = in_shell(
      "exec 3>&1; $zeus simulate --quiet -- python3 -c '\n"
      "import ctypes, os\n"
      "assert ctypes.CDLL(\"libnvidia-ml.so.1\").nvmlInit_v2() == 0\n"
      "open_files = {fd: os.readlink(f\"/proc/self/fd/{fd}\") for fd in "
      "os.listdir(\"/proc/self/fd\") if os.path.lexists(f\"/proc/self/fd/{fd}\")}\n"
      "states = [int(fd) for fd, name in open_files.items() if \"/state\" in name]\n"
      "os.write(3, f\"{len(states)} {min(states) > 2}\\n\".encode())' 0<&- 2>&-");
  EXPECT_EQ(outcome.out, "1 True\n") << outcome.err;
}

TEST(ClosedStreams, a_closed_output_is_an_error_of_a_command_that_prints) {
  const Outcome outcome = in_shell("$zeus --version >&-; echo $?");
  EXPECT_EQ(outcome.out, "1\n");
  EXPECT_EQ(outcome.err, "zeus: the output cannot be written: Bad file descriptor\n");
}

// What is left behind is the first process's of a container, or a subreaper's.
constexpr const char* kLeavesAnOrphan = R"(
    orphan=$(sh -c 'sleep 0.01 >/dev/null & echo $!')
    for i in $(seq 1000); do [ -e /proc/$orphan ] || { echo reaped; exit 6; }; sleep 0.02; done
    cat /proc/$orphan/stat)";

TEST(FirstProcess, of_a_container_reaps_orphans) {
  const std::string unshare = "unshare --pid --fork --mount-proc";
  if (in_shell(unshare + " true").status != 0) GTEST_SKIP() << "no right to make a namespace";
  for (const char* wrapper : {"measure --no-cpus", "simulate --quiet"}) {
    const Outcome outcome =
        in_shell(unshare + " $zeus " + wrapper + " -- sh -c \"$1\"; echo $?", kLeavesAnOrphan);
    EXPECT_EQ(outcome.out, "reaped\n6\n");
  }
}

TEST(FirstProcess, that_has_asked_for_orphans_reaps_them) {
  for (const char* wrapper : {"measure", "simulate"}) {
    RunOptions options;
    options.program = "/usr/bin/env";
    const Outcome outcome = run_zeus({"python3", "-c",
                                      "import ctypes, os, sys\n"
                                      "assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0\n"
                                      "os.execv(sys.argv[1], ['zeus', *sys.argv[2:]])",
                                      ZEUS_COMMAND, wrapper, "--", "sh", "-c", kLeavesAnOrphan},
                                     options);
    EXPECT_EQ(outcome.out, "reaped\n");
    EXPECT_EQ(outcome.status, 6);
  }
}

TEST(FirstProcess, of_a_container_ends_by_a_signal_as_its_command_does) {
  const std::string unshare = "unshare --pid --fork --mount-proc";
  if (in_shell(unshare + " true").status != 0) GTEST_SKIP() << "no right to make a namespace";
  for (const char* number : {"TERM", "ALRM", "USR1", "RTMIN"}) {
    const Outcome outcome = in_shell(
        unshare + " $zeus measure --no-cpus --output /dev/null -- sh -c \"$1\"; echo $(($? - 128))",
        "kill -" + std::string(number) + " 1; while :; do sleep 0.02; done");
    const Outcome expected = in_shell("kill -l " + std::string(number));
    EXPECT_EQ(outcome.out, expected.out) << number << outcome.err;
  }
}

}  // namespace
}  // namespace zeus::testing
