// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs on the simulated driver, ended in every way there is: what limit is there a second later?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/guard/guarded_machine.h"
#include "tests/temporary_folder.h"
#include "zeus/guard/recovery.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;

using GuardProcessTest = GuardedMachine;

TEST_F(GuardProcessTest, a_signal_that_ends_the_job_leaves_no_limit) {
  for (const int signal : {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGSEGV}) {
    Job job("wait", 150);
    ASSERT_THAT(job.answer(), HasSubstr("ready"));
    ASSERT_TRUE(all_are_at(150));
    job.end(signal);
    expect_put_back();
  }
}

TEST_F(GuardProcessTest, a_job_that_ends_by_itself_leaves_no_limit) {
  for (const char* ending : {"_exit", "exit", "return", "abort", "throw", "exec"}) {
    SCOPED_TRACE(ending);
    Job job(ending, 150);
    ASSERT_THAT(job.answer(), HasSubstr("ready"));
    expect_put_back();
  }
}

TEST_F(GuardProcessTest, forked_children_neither_put_back_nor_hold_the_guard_up) {
  for (const char* ending : {"children-wait", "children-_exit", "children-exec"}) {
    SCOPED_TRACE(ending);
    Job job(ending, 150);
    ASSERT_THAT(job.answer(), HasSubstr("ready"));
    if (std::string(ending) == "children-wait") {
      ASSERT_TRUE(all_are_at(150)) << "a child that ended has put it back";
      job.end(SIGKILL);
    }
    expect_put_back();
  }
}

// ZEUS_GUARD_KILLS: how many; 500 take some minutes.
TEST_F(GuardProcessTest, a_job_killed_at_any_moment_leaves_no_limit) {
  const char* const wanted = std::getenv("ZEUS_GUARD_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 40;
  std::mt19937 random(20261126);
  int made = 0;
  for (int i = 0; i < kills; ++i) {
    const int gpus = 1 << (i % 4);
    if (gpus != made) make(made = gpus);
    std::vector<int> indices(static_cast<std::size_t>(gpus));
    std::iota(indices.begin(), indices.end(), 0);
    Job job("loop", 150, indices);
    // Every third one while it starts.
    if (i % 3 != 0) {
      ASSERT_THAT(job.answer(), HasSubstr("ready"));
    }
    std::this_thread::sleep_for(milliseconds(random() % 60));
    job.end(SIGKILL);
    ASSERT_TRUE(comes_true(kSoon, [this] { return all_are_at(250); })) << "kill " << i;
    ASSERT_TRUE(comes_true(kLate, [this] { return entries() == 0; })) << "kill " << i;
  }
}

TEST_F(GuardProcessTest, a_limit_that_somebody_else_has_set_is_left) {
  Job job("wait", 150);
  ASSERT_THAT(job.answer(), HasSubstr("ready"));
  gpu(0)->set_power_limit(Watts(180));
  job.end(SIGKILL);
  EXPECT_TRUE(comes_true(kSoon, [this] { return limit(1) == 250; }));
  EXPECT_TRUE(comes_true(kLate, [this] { return entries() == 0; }));
  EXPECT_EQ(limit(0), 180);
}

TEST_F(GuardProcessTest, a_second_job_on_a_gpu_is_refused_and_told_by_whom) {
  Job first("wait", 150, {0});
  ASSERT_THAT(first.answer(), HasSubstr("ready"));
  Job second("wait", 175, {0});
  EXPECT_THAT(second.answer(), HasSubstr("GPU 0 is being tuned by another job, process " +
                                         std::to_string(first.pid())));
  EXPECT_EQ(limit(0), 150);
  Job third("wait", 175, {1});
  EXPECT_THAT(third.answer(), HasSubstr("ready")) << "another GPU is free";
  first.end(SIGKILL);
  EXPECT_TRUE(comes_true(kSoon, [this] { return limit(0) == 250; }));
  EXPECT_EQ(limit(1), 175) << "of a job that runs on";
}

TEST_F(GuardProcessTest, a_job_that_starts_while_the_last_one_is_put_back_begins_with_the_users) {
  for (int i = 0; i < 5; ++i) {
    Job first("wait", 150);
    ASSERT_THAT(first.answer(), HasSubstr("ready"));
    first.end(SIGKILL);
    Job second("wait", 175);
    ASSERT_THAT(second.answer(), HasSubstr("ready"));
    second.end(SIGKILL);
    expect_put_back();
  }
}

TEST_F(GuardProcessTest, where_the_guard_is_killed_too_the_next_start_finishes) {
  Job job("wait", 150);
  ASSERT_THAT(job.answer(), HasSubstr("ready"));
  const pid_t guard = guard_of(0);
  ASSERT_GT(guard, 0);
  kill(guard, SIGKILL);
  ASSERT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
  job.end(SIGKILL);
  ASSERT_TRUE(all_are_at(150)) << "nobody is left to put it back";
  EXPECT_EQ(entries(), 2U);
  {
    Job next("exit", 175);
    ASSERT_THAT(next.answer(), HasSubstr("ready"));
    next.end(0);
  }
  EXPECT_TRUE(all_are_at(250)) << "150 W has passed for the user's";
}

TEST_F(GuardProcessTest, signals_that_end_jobs_dont_end_the_guard) {
  Job job("wait", 150);
  ASSERT_THAT(job.answer(), HasSubstr("ready"));
  const pid_t guard = guard_of(0);
  ASSERT_GT(guard, 0);
  EXPECT_EQ(getsid(guard) == getsid(0), false) << "a session of its own";
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1}) kill(guard, signal);
  job.end(SIGKILL);
  expect_put_back();
}

TEST_F(GuardProcessTest, the_guard_keeps_none_of_the_jobs_files_and_stays_small) {
  Job job("wait", 150);
  ASSERT_THAT(job.answer(), HasSubstr("ready"));
  const std::string folder = "/proc/" + std::to_string(guard_of(0));
  for (const auto& file : std::filesystem::directory_iterator(folder + "/fd")) {
    const std::string target = std::filesystem::read_symlink(file.path()).string();
    EXPECT_THAT(target, ::testing::Not(HasSubstr("pipe:"))) << "a reader of the job's output hangs";
  }
  EXPECT_EQ(std::filesystem::read_symlink(folder + "/cwd"), "/");
}

TEST_F(GuardProcessTest, an_earlier_boots_entry_and_a_damaged_one_put_nothing_back) {
  journal_->open();
  const std::string uuid = gpu(0)->info().uuid;
  SettingLedger ledger({.power_limit = Watts(200)});
  ledger.end_write({.power_limit = Watts(250)});  // what is there
  journal_->write({.boot = "another",
                   .uuid = uuid,
                   .is_simulated = true,
                   .job = {.pid = 1, .start = 1},
                   .ledger = ledger});
  std::vector<std::string> troubles;
  EXPECT_FALSE(recover(*journal_, {0, gpu(0)}, kSoon, troubles));
  EXPECT_EQ(limit(0), 250);
  const std::filesystem::path file = journal_->folder() / (uuid + ".limit");
  write_text(file, "zeus power limit journal 1\nboot ");
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  EXPECT_FALSE(recover(*journal_, {0, gpu(0)}, kSoon, troubles));
  EXPECT_THAT(troubles, ::testing::ElementsAre(HasSubstr(".damaged")));
  EXPECT_EQ(limit(0), 250);
}

TEST_F(GuardProcessTest, zeus_restore_finishes_what_a_killed_guard_left_and_zeus_env_tells_of_it) {
  EXPECT_EQ(zeus_says("restore"), "No job that is gone has left a power limit.\n0\n");
  Job job("wait", 150);
  ASSERT_THAT(job.answer(), HasSubstr("ready"));
  const std::string pid = std::to_string(job.pid());
  EXPECT_THAT(zeus_says("restore"),
              HasSubstr("GPU 0 is being tuned by process " + pid + "; 250 W comes back"));
  EXPECT_TRUE(all_are_at(150)) << "of a job that runs";
  EXPECT_THAT(zeus_says("env"), ::testing::Not(HasSubstr("zeus restore")));
  kill(guard_of(0), SIGKILL);
  ASSERT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
  job.end(SIGKILL);
  gpu(1)->set_power_limit(Watts(180));  // somebody else's by now
  EXPECT_THAT(zeus_says("env"),
              HasSubstr("GPU 0 may still have the power limit of process " + pid));
  EXPECT_THAT(zeus_says("env"), HasSubstr("zeus restore"));
  const std::string said = zeus_says("restore --json");
  EXPECT_THAT(said, HasSubstr("\"outcome\": \"restored\""));
  EXPECT_THAT(said, HasSubstr("\"outcome\": \"left alone\""));
  EXPECT_TRUE(said.ends_with("\n0\n"));
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(limit(1), 180);
  EXPECT_EQ(zeus_says("restore"), "No job that is gone has left a power limit.\n0\n");
}

TEST_F(GuardProcessTest, zeus_restore_tells_of_a_damaged_entry_and_fails) {
  journal_->open();
  write_text(journal_->folder() / (gpu(0)->info().uuid + ".limit"), "torn");
  const std::string said = zeus_says("restore");
  EXPECT_THAT(said, HasSubstr(".damaged"));
  EXPECT_TRUE(said.ends_with("\n1\n")) << said;
  EXPECT_EQ(limit(0), 250);
}

// The number of a process that has ended is given to another one.
TEST_F(GuardProcessTest, a_reused_process_number_keeps_no_limit) {
  journal_->open();
  SettingLedger ledger({.power_limit = Watts(250)});
  ledger.end_write({.power_limit = Watts(150)});
  gpu(0)->set_power_limit(Watts(150));
  journal_->write({.boot = journal_->boot(),
                   .uuid = gpu(0)->info().uuid,
                   .is_simulated = true,
                   .job = {.pid = getpid(), .start = 1},
                   .ledger = ledger});
  std::vector<std::string> troubles;
  const auto recovery = recover(*journal_, {0, gpu(0)}, kSoon, troubles);
  ASSERT_TRUE(recovery);
  EXPECT_EQ(recovery->outcome, Recovery::Outcome::kRestored);
  EXPECT_EQ(limit(0), 250);
}

TEST_F(GuardProcessTest, without_the_program_a_job_is_warned_or_refused_as_it_wishes) {
  setenv("ZEUS_GUARD", "/nowhere/zeus-guard", 1);
  {
    Job job("wait", 150);
    EXPECT_THAT(job.answer(), HasSubstr("GPU 0 can't be guarded: cannot start"));
  }
  setenv("ZEUS_GUARD_IS_OPTIONAL", "1", 1);
  {
    Job job("exit", 150);
    EXPECT_THAT(job.answer(), HasSubstr("ready"));
    job.end(0);
    EXPECT_TRUE(all_are_at(250));
  }
  unsetenv("ZEUS_GUARD_IS_OPTIONAL");
  unsetenv("ZEUS_GUARD");
}

}  // namespace
}  // namespace zeus::testing
