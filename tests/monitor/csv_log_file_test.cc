// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Which file a log is, and whose.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/captured_log.h"
#include "tests/in_child.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/monitor/csv_log.h"

namespace zeus {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using zeus::testing::CapturedLog;
using zeus::testing::in_child;
using zeus::testing::read_text;
using zeus::testing::TemporaryFolder;
using zeus::testing::write_text;

constexpr const char* kHeader = "start_time,window_name,elapsed_time\n";
const Measurement kWindow{.start_time = Seconds(1), .time = Seconds(2), .gpu_energy = {}};

void expect_file_error(const std::filesystem::path& path, const std::string& reason) {
  try {
    const CsvLog log(path, {0});
    ADD_FAILURE() << "no error for " << path;
  } catch (const ZeusFileError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(path.string()), HasSubstr(reason)));
  }
}

TEST(CsvLogFile, of_another_process_is_an_error_and_stays_as_it_is) {
  const TemporaryFolder folder;
  CsvLog log(folder / "log.csv", {});
  log.write("w", kWindow);
  const std::string answer = in_child([&]() -> std::string {
    try {
      const CsvLog other(folder / "log.csv", {0});
    } catch (const ZeusFileError& error) {
      return error.what();
    }
    return "no error";
  });
  EXPECT_EQ(answer, "The log file " + (folder / "log.csv").string() +
                        " is written by another process. Give each process its own, for example "
                        "with {rank} in the name.");
  log.write("w", kWindow);
  EXPECT_EQ(read_text(folder / "log.csv"), std::string(kHeader) + "1.0,w,2.0\n1.0,w,2.0\n");
}

TEST(CsvLogFile, of_an_earlier_process_is_replaced_also_when_that_was_killed) {
  const TemporaryFolder folder;
  (void)in_child([&]() -> std::string {
    auto* const log = new CsvLog(folder / "log.csv", std::vector<int>{});
    log->write("w", kWindow);
    std::raise(SIGKILL);
    return "";
  });
  const CsvLog log(folder / "log.csv", {});
  EXPECT_EQ(read_text(folder / "log.csv"), kHeader);
}

TEST(CsvLogFile, a_later_one_of_the_same_process_takes_the_file_over) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("log.csv", folder / "link");
  const CapturedLog heard;
  auto first = std::make_unique<CsvLog>(folder / "log.csv", std::vector<int>{});
  first->write("first", kWindow);
  CsvLog second(folder / "link", {});
  first->write("late", kWindow);
  first->write("later", kWindow);
  first.reset();
  second.write("second", kWindow);
  EXPECT_EQ(read_text(folder / "log.csv"), std::string(kHeader) + "1.0,second,2.0\n");
  EXPECT_THAT(heard.warnings(), ElementsAre(HasSubstr("A later monitor of this process logs to")));
}

TEST(CsvLogFile, a_forked_child_keeps_no_part_of_it) {
  const TemporaryFolder folder;
  int ready[2];
  int end[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(end), 0);
  auto log = std::make_unique<CsvLog>(folder / "log.csv", std::vector<int>{});
  const pid_t worker = fork();
  if (worker == 0) {  // as a data loader's, which lives on for a while
    close(end[1]);
    log.reset();
    char byte = 0;
    if (write(ready[1], &byte, 1) == 1 && read(end[0], &byte, 1) == 0) _exit(0);
    _exit(1);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const auto try_it = [&]() -> std::string {
    try {
      const CsvLog other(folder / "log.csv", {});
    } catch (const ZeusFileError&) {
      return "held";
    }
    return "free";
  };
  EXPECT_EQ(in_child(try_it), "held") << "the worker's copy has let it go";
  log.reset();
  EXPECT_EQ(in_child(try_it), "free") << "the worker holds it";
  for (const int descriptor : {ready[0], ready[1], end[0], end[1]}) close(descriptor);
  int status = 0;
  waitpid(worker, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(CsvLogFile, stays_where_it_was_opened) {
  const TemporaryFolder folder;
  const std::string answer = in_child([&]() -> std::string {
    if (chdir(folder.path().c_str()) != 0) return "chdir failed";
    CsvLog log("log.csv", {});
    if (chdir("/") != 0) return "chdir failed";
    log.write("w", kWindow);
    return "done";
  });
  EXPECT_EQ(answer, "done");
  EXPECT_EQ(read_text(folder / "log.csv"), std::string(kHeader) + "1.0,w,2.0\n");
}

TEST(CsvLogFile, through_a_symbolic_link_is_the_file_that_it_stands_for) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("target", folder / "link");
  const CsvLog log(folder / "link", {});
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(read_text(folder / "target"), kHeader);
}

TEST(CsvLogFile, makes_missing_folders) {
  const TemporaryFolder folder;
  const CsvLog log(folder / "a/b/log.csv", {});
  EXPECT_EQ(read_text(folder / "a/b/log.csv"), kHeader);
}

TEST(CsvLogFile, replaces_an_existing_file) {
  const TemporaryFolder folder;
  write_text(folder / "log.csv", "what an earlier run wrote, and it was much longer than this");
  const CsvLog log(folder / "log.csv", {});
  EXPECT_EQ(read_text(folder / "log.csv"), kHeader);
}

TEST(CsvLogFile, that_cannot_be_opened_is_an_error_with_its_path_and_the_reason) {
  const TemporaryFolder folder;
  expect_file_error(folder.path(), "Is a directory");
  write_text(folder / "file", "not a folder");
  expect_file_error(folder / "file/log.csv", "Not a directory");
  expect_file_error("/proc/no-such-folder/log.csv", "No such file or directory");
}

TEST(CsvLogFile, in_a_folder_without_the_right_to_write_is_an_error) {
  const TemporaryFolder folder;
  const std::string answer = in_child([&]() -> std::string {
    if (chmod(folder.path().c_str(), 0555) != 0) return "chmod failed";
    if (getuid() == 0 && setuid(65534) != 0) return "setuid failed";
    try {
      const CsvLog log(folder / "log.csv", {0});
    } catch (const ZeusFileError& error) {
      return error.what();
    }
    return "no error";
  });
  EXPECT_EQ(answer,
            "Can't open the log file " + (folder / "log.csv").string() + ": Permission denied");
}

TEST(CsvLogFile, what_may_block_or_is_a_device_is_refused_at_once) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  expect_file_error(folder / "pipe", "it is a named pipe");
  expect_file_error("/dev/zero", "it is a device");
}

TEST(CsvLogFile, goes_to_the_null_device_and_to_standard_output_where_asked) {
  {
    CsvLog log("/dev/null", {});
    log.write("w", kWindow);
  }
  const TemporaryFolder folder;
  (void)in_child([&]() -> std::string {
    const int file = open((folder / "out").c_str(), O_CREAT | O_WRONLY, 0600);
    dup2(file, STDOUT_FILENO);
    if (write(STDOUT_FILENO, "before\n", 7) != 7) return "";
    CsvLog log("/dev/stdout", {});
    if (write(STDOUT_FILENO, "after\n", 6) != 6) return "";
    return "";
  });
  EXPECT_EQ(read_text(folder / "out"), std::string("before\n") + kHeader + "after\n");
}

TEST(CsvLogFile, on_standard_output_that_goes_to_one_file_has_one_header) {
  const TemporaryFolder folder;
  write_text(folder / "out", "");
  for (int job = 0; job < 2; ++job) {
    (void)in_child([&]() -> std::string {
      dup2(open((folder / "out").c_str(), O_WRONLY | O_APPEND), STDOUT_FILENO);
      CsvLog log("/dev/stdout", {});
      log.write("w", kWindow);
      return "";
    });
  }
  EXPECT_EQ(read_text(folder / "out"), std::string(kHeader) + "1.0,w,2.0\n1.0,w,2.0\n");
}

TEST(CsvLogFile, a_pipe_that_nobody_reads_does_not_end_the_program) {
  EXPECT_EQ(in_child([]() -> std::string {
              int ends[2];
              if (pipe(ends) != 0) return "no pipe";
              dup2(ends[1], STDOUT_FILENO);
              const CapturedLog heard;
              CsvLog log("/dev/stdout", {});
              close(ends[0]);
              log.write("w", kWindow);
              log.write("w", kWindow);
              return heard.warnings().size() == 1 ? heard.warnings().front() : "not one warning";
            }),
            "Can't write to the log file /dev/stdout: Broken pipe. This window is missing there; "
            "each later one is tried again, and measurements go on.");
}

TEST(CsvLogFile, gets_no_number_of_a_standard_stream_that_is_closed) {
  const TemporaryFolder folder;
  const std::string answer = in_child([&]() -> std::string {
    close(STDERR_FILENO);
    const CsvLog log(folder / "log.csv", {});
    return write(STDERR_FILENO, "lost\n", 5) < 0 ? "closed still" : "open";
  });
  EXPECT_EQ(answer, "closed still");
  EXPECT_EQ(read_text(folder / "log.csv"), kHeader);
}

}  // namespace
}  // namespace zeus
