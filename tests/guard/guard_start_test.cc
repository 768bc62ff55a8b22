// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What stands in a guard's way is known when the job starts, not when it has been killed.
#include <sys/stat.h>

#include "tests/guard/guarded_machine.h"
#include "tests/temporary_folder.h"
#include "zeus/guard/guard_process.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using GuardStartTest = GuardedMachine;

// Sets a variable while it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

std::string output_of(const std::string& command) {
  std::FILE* const output = popen((command + " 2>&1").c_str(), "r");
  std::string text(10'000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), output));
  pclose(output);
  return text;
}

TEST_F(GuardStartTest, a_guard_that_does_not_find_the_driver_says_so) {
  const Variable forget("ZEUS_FORGET", "LD_LIBRARY_PATH");
  Job job("wait", 150);
  EXPECT_THAT(job.answer(), HasSubstr("GPU 0 can't be guarded: the guard can't watch over this "
                                      "GPU: it does not find this GPU"));
}

// What the job prints to a stream that was closed at its start must not reach the guard.
TEST_F(GuardStartTest, its_socket_is_no_standard_stream) {
  const std::string files =
      output_of(std::string("sh -c 'exec " ZEUS_GUARDED_JOB " list 150 <&- 2>&-'"));
  EXPECT_THAT(files, HasSubstr(" socket:"));
  EXPECT_THAT(files, Not(HasSubstr("\n0 socket:")));
  EXPECT_THAT(files, Not(HasSubstr("\n2 socket:")));
}

TEST_F(GuardStartTest, the_first_process_of_a_container_is_told_that_its_guard_ends_with_it) {
  if (std::system("unshare --pid --fork true 2> /dev/null") != 0) {
    GTEST_SKIP() << "no right to make a namespace";
  }
  EXPECT_THAT(output_of("unshare --pid --fork " ZEUS_GUARDED_JOB " exit 150"),
              HasSubstr("GPU 0 can't be guarded: it is the first process of its container"));
  EXPECT_TRUE(all_are_at(250));
}

TEST_F(GuardStartTest, a_program_that_somebody_else_could_have_put_there_is_not_started) {
  const TemporaryFolder folder;
  std::filesystem::copy_file(ZEUS_GUARD_PROGRAM, folder / "zeus-guard");
  ASSERT_EQ(chmod((folder / "zeus-guard").c_str(), 0777), 0);
  EXPECT_FALSE(is_trusted_program(folder / "zeus-guard"));
  ASSERT_EQ(chmod((folder / "zeus-guard").c_str(), 0755), 0);
  EXPECT_TRUE(is_trusted_program(folder / "zeus-guard"));
}

TEST_F(GuardStartTest, zeus_restore_in_another_container_leaves_a_job_that_runs) {
  if (std::system("unshare --pid --fork true 2> /dev/null") != 0) {
    GTEST_SKIP() << "no right to make a namespace";
  }
  Job job("wait", 150);
  ASSERT_THAT(job.answer(), HasSubstr("ready"));
  EXPECT_THAT(output_of("unshare --pid --fork " ZEUS_COMMAND " restore"),
              HasSubstr("GPU 0 is being tuned by a process outside this container; 250 W comes "
                        "back when that ends."));
  EXPECT_TRUE(all_are_at(150));
}

}  // namespace
}  // namespace zeus::testing
