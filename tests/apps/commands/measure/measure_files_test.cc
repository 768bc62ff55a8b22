// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The files of --csv and --output, and who else writes them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "tests/apps/machine_fixture.h"
#include "tests/apps/zeus_program.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

using MeasureFiles = MachineFixture;

TEST_F(MeasureFiles, tells_it_to_a_file_where_asked) {
  const std::string file = folder_ / "report.json";
  write_text(file, std::string(10'000, '#'));
  const Outcome outcome =
      run_zeus({"measure", "--json", "--output", file, "--", "true"}, machine());
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_EQ(json::parse(read_text(file)).at("command"), "measure");
}

TEST_F(MeasureFiles, appends_a_row_a_run_to_a_csv_file) {
  const std::string file = folder_ / "runs.csv";
  for (const char* script : {"exit 3", "echo a,b; kill -9 $$"}) {
    (void)run_zeus({"measure", "--gpus", "0", "--csv", file, "--", "sh", "-c", script}, machine());
  }
  std::istringstream lines(read_text(file));
  std::vector<std::string> rows;
  for (std::string row; std::getline(lines, row);) rows.push_back(row);
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0],
            "start_time_s,command,exit_status,time_s,gpu0_energy_j,cpu0_energy_j,dram0_energy_j");
  EXPECT_THAT(rows[1], HasSubstr(",sh -c exit 3,3,0."));
  EXPECT_THAT(rows[2], HasSubstr(",\"sh -c echo a,b; kill -9 $$\",137,0."));

  const Outcome other = run_zeus({"measure", "--csv", file, "--", "echo", "it ran"}, machine());
  EXPECT_EQ(other.status, 125);
  EXPECT_THAT(other.out, IsEmpty());
  EXPECT_THAT(other.err, AllOf(HasSubstr(file), HasSubstr("other columns")));
}

bool has_open(pid_t process, const std::filesystem::path& file) {
  std::error_code error;
  for (const auto& each :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/fd", error)) {
    if (std::filesystem::read_symlink(each, error) == file) return true;
  }
  return false;
}

TEST_F(MeasureFiles, jobs_that_start_on_a_new_csv_file_at_once_write_one_header) {
  const std::string file = folder_ / "runs.csv";
  // Another job is about to write the header.
  const int other = open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0666);
  ASSERT_GE(other, 0);
  ASSERT_EQ(flock(other, LOCK_EX), 0);
  RunOptions options = machine();
  RunningZeus zeus({"measure", "--no-cpus", "--gpus", "0", "--csv", file, "--", "true"}, options);
  ASSERT_TRUE(zeus.wait_until([&](const std::string&) { return has_open(zeus.pid(), file); }));
  // Without the lock it would write its own in this time.
  const auto begin = std::chrono::steady_clock::now();
  (void)zeus.wait_until([&](const std::string&) {
    return std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(300);
  });
  const std::string header = "start_time_s,command,exit_status,time_s,gpu0_energy_j\n";
  ASSERT_EQ(write(other, header.data(), header.size()), static_cast<ssize_t>(header.size()));
  close(other);
  EXPECT_EQ(zeus.wait().status, 0);
  const std::string text = read_text(file);
  EXPECT_THAT(text, StartsWith(header));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2) << text;
}

TEST_F(MeasureFiles, a_csv_file_that_flock_keeps_locked_is_written_all_the_same) {
  const std::string file = folder_ / "runs.csv";
  const Outcome outcome =
      in_shell("flock $file $zeus measure --csv $file -- echo it ran", file, machine());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "it ran\n");
  EXPECT_THAT(read_text(file), HasSubstr(",echo it ran,0,"));
}

TEST_F(MeasureFiles, rows_on_standard_output_that_goes_to_one_file_have_one_header) {
  const std::string file = folder_ / "runs.csv";
  const std::string measure = "$zeus measure --csv - -- true >> $file; ";
  (void)in_shell(measure + measure, file, machine());
  const std::string text = read_text(file);
  EXPECT_THAT(text, StartsWith("start_time_s,"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 3) << text;
}

TEST_F(MeasureFiles, of_two_that_write_one_report_the_last_ones_is_there) {
  const std::string file = folder_ / "report.json";
  const Outcome outcome = in_shell(
      "$zeus measure --json --output $file -- $zeus measure --json --output $file -- echo the "
      "one that ends first",
      file, machine());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(read_text(file)).at("arguments").at(0), ZEUS_COMMAND);
}

TEST_F(MeasureFiles, a_file_that_cannot_be_written_is_told_before_the_command_runs) {
  for (const char* option : {"--csv", "--output"}) {
    const Outcome outcome =
        run_zeus({"measure", option, folder_ / "no/such/file", "--", "echo", "it ran"}, machine());
    EXPECT_EQ(outcome.status, 125);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.error_lines(), SizeIs(1));
    EXPECT_THAT(outcome.err, HasSubstr("No such file"));
  }
  // A full disk is only seen later: the command's own failure counts more.
  EXPECT_EQ(run_zeus({"measure", "--output", "/dev/full", "--", "true"}, machine()).status, 125);
  EXPECT_EQ(run_zeus({"measure", "--output", "/dev/full", "--", "false"}, machine()).status, 1);
}

}  // namespace
}  // namespace zeus::testing
