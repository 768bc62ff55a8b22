// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Commands whose output goes nowhere: the reader has gone, the disk is full.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/apps/zeus_program.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFullDisk = "zeus: the output cannot be written: No space left on device\n";

// A pipe whose reader has gone already.
const std::string kNoReader = "exec 3> >(:); wait $!; ";

Outcome in_shell(const std::string& script) {
  RunOptions options;
  options.program = "/bin/bash";
  options.environment["zeus"] = ZEUS_COMMAND;
  options.environment["on_gpus"] = std::string(ZEUS_COMMAND) + " simulate --quiet --";
  return run_zeus({"--norc", "-c", script}, options);
}

class LostOutput : public ::testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Command, LostOutput,
                         ::testing::Values("power --interval 0.05", "power --interval 0.05 --csv",
                                           "power --interval 0.05 --count 2 --json",
                                           "check --seconds 1", "env", "env --json", "demo",
                                           "demo --json", "--help", "completion bash", "man-page"));

TEST_P(LostOutput, to_a_full_disk_is_an_error_in_one_line) {
  const Outcome outcome = in_shell(std::string("$on_gpus $zeus ") + GetParam() + " > /dev/full");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, kFullDisk);
}

TEST_P(LostOutput, without_a_reader_ends_as_other_programs_do) {
  const Outcome outcome = in_shell(kNoReader + "$on_gpus $zeus " + GetParam() + " >&3");
  EXPECT_EQ(outcome.status, 128 + SIGPIPE);
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST_P(LostOutput, without_a_reader_is_an_error_where_the_signal_is_ignored) {
  // As Python starts programs.
  const Outcome outcome =
      in_shell(kNoReader + "trap '' PIPE; $on_gpus $zeus " + GetParam() + " >&3");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "zeus: the output cannot be written: Broken pipe\n");
}

TEST(LostReport, of_a_measurement_counts_unless_the_command_failed) {
  EXPECT_EQ(in_shell("$zeus measure --no-cpus -- true 2> /dev/full").status, 125);
  EXPECT_EQ(in_shell("$zeus measure --no-cpus --json -- sh -c 'exit 3' 2> /dev/full").status, 3);
  EXPECT_EQ(in_shell(kNoReader + "$zeus measure --no-cpus -- true 2>&3").status, 125);
}

TEST(LostReport, to_a_full_disk_keeps_the_row_of_the_csv_file) {
  const TemporaryFolder folder;
  const std::string file = folder / "runs.csv";
  (void)in_shell("$zeus measure --no-cpus --csv " + file + " -- true 2> /dev/full");
  EXPECT_THAT(read_text(file), HasSubstr(",true,0,"));
}

TEST(LostReport, of_what_is_simulated_does_not_keep_the_command_from_running) {
  const Outcome outcome = in_shell("$zeus simulate -- echo it ran 2> /dev/full");
  EXPECT_EQ(outcome.out, "it ran\n");
  EXPECT_EQ(outcome.status, 0);
}

TEST(LostOutputRows, of_power_are_whole_on_a_full_disk) {
  const TemporaryFolder folder;
  const std::string file = folder / "power.csv";
  // A file of at most 1024 bytes; the signal that says so is ignored, as by a disk that is full.
  const Outcome outcome = in_shell(
      "export zeus; $on_gpus bash -c 'nvidia-smi -L > /dev/null; ulimit -f 1; trap \"\" "
      "XFSZ; exec $zeus power --no-cpus --interval 0.05 --csv' > " +
      file);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "zeus: the output cannot be written: File too large\n");
  const std::string text = read_text(file);
  EXPECT_GT(text.size(), 500U);
  EXPECT_EQ(text.back(), '\n') << text;
}

TEST(LostReport, a_full_disk_leaves_no_half_row) {
  const TemporaryFolder folder;
  const std::string file = folder / "runs.csv";
  for (const auto& [name, redirection] :
       {std::pair(file, std::string()), std::pair(std::string("-"), " >> " + file)}) {
    std::filesystem::remove(file);
    // A file of at most 1024 bytes.
    const Outcome outcome = in_shell(
        fmt::format("ulimit -f 1; while $zeus measure --no-cpus --csv {} -- true{}; do :; done; "
                    "tail -c 1 {} | od -An -c",
                    name, redirection, file));
    EXPECT_THAT(outcome.out, HasSubstr("\\n")) << name;
    EXPECT_THAT(outcome.err, HasSubstr(": File too large"));
    EXPECT_THAT(outcome.err,
                HasSubstr("zeus: Can't write to " + (name == "-" ? "/dev/stdout" : file)));
    EXPECT_THAT(read_text(file), HasSubstr(",true,0,"));
  }
}

}  // namespace
}  // namespace zeus::testing
