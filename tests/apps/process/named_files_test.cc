// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Paths that a command is given: what is no file is refused at once, links are followed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/apps/zeus_program.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class NamedFiles : public ::testing::Test {
 protected:
  // A named pipe without another end, a folder, a file that is too large, devices.
  void make() {
    ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
    std::filesystem::create_directory(folder_ / "folder");
    write_text(folder_ / "large", "");
    std::filesystem::resize_file(folder_ / "large", std::uintmax_t{1} << 40);
  }

  static Outcome measure(const std::string& option, const std::string& file,
                         const std::string& script = "echo it ran") {
    return run_zeus({"measure", "--no-cpus", option, file, "--", "sh", "-c", script});
  }

  TemporaryFolder folder_;
};

TEST_F(NamedFiles, what_cannot_be_written_to_is_refused_before_the_command_runs) {
  make();
  const std::string device = folder_ / "device";
  const bool has_device = mknod(device.c_str(), S_IFBLK | 0600, makedev(240, 0)) == 0;
  for (const char* option : {"--csv", "--output"}) {
    for (const std::string& file :
         {(folder_ / "pipe").string(), (folder_ / "folder").string(), device,
          std::string("/dev/zero"), (folder_ / "no/such").string()}) {
      if (file == device && !has_device) continue;
      const Outcome outcome = measure(option, file);
      EXPECT_EQ(outcome.status, 125) << file;
      EXPECT_THAT(outcome.out, IsEmpty()) << file;
      EXPECT_THAT(outcome.error_lines(), SizeIs(1)) << outcome.err;
      EXPECT_THAT(outcome.err, AllOf(StartsWith("zeus: Can't open the "), HasSubstr(file)));
    }
  }
}

TEST_F(NamedFiles, a_csv_file_that_is_large_and_none_of_ours_is_refused_at_once) {
  make();
  const Outcome outcome = measure("--csv", folder_ / "large");
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("has other columns"));
  EXPECT_EQ(std::filesystem::file_size(folder_ / "large"), std::uintmax_t{1} << 40);
}

TEST_F(NamedFiles, what_is_no_scenario_is_refused_at_once) {
  make();
  for (const std::string& file :
       {(folder_ / "pipe").string(), (folder_ / "folder").string(), (folder_ / "large").string(),
        std::string("/dev/zero"), (folder_ / "none").string()}) {
    const Outcome outcome = run_zeus({"simulate", "--scenario", file, "--", "echo", "it ran"});
    EXPECT_EQ(outcome.status, 1) << file;
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.error_lines(), SizeIs(1)) << outcome.err;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("zeus: " + file), HasSubstr("cannot be read")));
  }
}

TEST_F(NamedFiles, what_is_no_table_is_refused_at_once) {
  make();
  for (const std::string& file : {(folder_ / "pipe").string(), (folder_ / "folder").string(),
                                  (folder_ / "large").string(), std::string("/dev/zero")}) {
    const Outcome outcome = run_zeus({"demo", "--table", file});
    EXPECT_EQ(outcome.status, 1) << file;
    EXPECT_THAT(outcome.error_lines(), SizeIs(1)) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(file));
  }
}

TEST_F(NamedFiles, what_is_no_profile_is_refused_at_once) {
  make();
  for (const std::string& file : {(folder_ / "pipe").string(), (folder_ / "folder").string(),
                                  (folder_ / "large").string(), std::string("/dev/zero")}) {
    const Outcome outcome = run_zeus({"demo", "--profile", file});
    EXPECT_EQ(outcome.status, 1) << file;
    EXPECT_THAT(outcome.error_lines(), SizeIs(1)) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(file));
  }
}

TEST_F(NamedFiles, standard_output_takes_the_row_after_what_the_command_has_written) {
  for (const char* name : {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    RunOptions options;
    options.output = folder_ / "out";  // a file, written to from its start
    std::filesystem::remove(options.output);
    const Outcome outcome =
        run_zeus({"measure", "--no-cpus", "--csv", name, "--", "echo", "it ran"}, options);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const std::string text = read_text(options.output);
    EXPECT_THAT(text, StartsWith("start_time_s,")) << name;
    EXPECT_THAT(text, HasSubstr("\nit ran\n")) << name;
    EXPECT_EQ(std::ranges::count(text, '\n'), 3) << text;
  }
}

TEST_F(NamedFiles, the_report_goes_to_the_stream_or_the_null_device_that_is_named) {
  EXPECT_THAT(measure("--output", "-").out, AllOf(StartsWith("it ran\nzeus measure: ")));
  EXPECT_THAT(measure("--output", "/dev/stderr").err, StartsWith("zeus measure: "));
  const Outcome nothing = measure("--output", "/dev/null");
  EXPECT_EQ(nothing.status, 0);
  EXPECT_EQ(nothing.out + nothing.err, "it ran\n");
}

TEST_F(NamedFiles, symbolic_links_are_followed_and_stay) {
  for (const char* option : {"--csv", "--output"}) {
    const auto target = folder_ / (std::string("target") + option);
    const auto link = folder_ / (std::string("link") + option);
    std::filesystem::create_symlink(target, link);  // to a file that is not there yet
    EXPECT_EQ(measure(option, link).status, 0);
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    EXPECT_THAT(read_text(target), HasSubstr("sh -c echo it ran")) << option;
  }
}

TEST_F(NamedFiles, a_relative_path_is_taken_at_the_start) {
  RunOptions options;
  options.program = "/bin/bash";
  const Outcome outcome = run_zeus(
      {"--norc", "-c",
       "cd \"$1\" && mkdir later && \"$2\" measure --no-cpus --csv a.csv --output b.txt -- sh -c "
       "'cd later; rm -rf ../none'; ls",
       "shell", folder_.path(), ZEUS_COMMAND},
      options);
  EXPECT_EQ(outcome.out, "a.csv\nb.txt\nlater\n") << outcome.err;
}

}  // namespace
}  // namespace zeus::testing
