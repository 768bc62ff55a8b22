// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs on the simulated driver, ended in every way there is: what limit is there a second later?
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "simulator/api/simulated_machine.h"
#include "simulator/api/simulator.h"
#include "tests/temporary_folder.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/recovery.h"
#include "zeus/guard/setting_journal.h"
#include "zeus/machine.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace zeus::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The tests and their compilers share few cores: a job may be kept waiting, a guard may not.
constexpr milliseconds kSoon{1000};
constexpr milliseconds kLate{20000};

bool comes_true(milliseconds patience, const std::function<bool()>& is_true) {
  const auto deadline = steady_clock::now() + patience;
  while (!is_true()) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

// A guarded_job in a process of its own; killed at destruction.
class Job {
 public:
  Job(const std::string& ending, int watts, const std::vector<int>& gpus = {}) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    std::vector<std::string> words{ZEUS_GUARDED_JOB, ending, std::to_string(watts)};
    for (const int gpu : gpus) words.push_back(std::to_string(gpu));
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    out_ = ends[0];
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    end(SIGKILL);
    close(out_);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }

  // Its first line; empty where it ended without one.
  std::string answer() {
    std::string text;
    char letter = 0;
    pollfd ready{.fd = out_, .events = POLLIN, .revents = 0};
    while (poll(&ready, 1, static_cast<int>(kLate.count())) > 0 && read(out_, &letter, 1) == 1) {
      if (letter == '\n') break;
      text += letter;
    }
    return text;
  }

  void end(int signal) {
    if (pid_ <= 0) return;
    if (signal != 0) kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
};

class GuardProcessTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("LD_LIBRARY_PATH", ZEUS_SIMULATOR_DIR, 1);  // for the jobs and their guards
    simulator::load(ZEUS_SIMULATOR_DIR);
  }

  static simulator::SimulatedMachineOptions options(int gpus) {
    simulator::SimulatedMachineOptions options;
    options.gpus = gpus;
    options.virtual_clock = false;
    options.write_latency_ms = 2;
    return options;
  }

  void make(int gpus) {
    machine_.reset();
    simulated_.reset();  // or it would put the variables back that the next one sets
    simulated_ = std::make_unique<simulator::SimulatedMachine>(options(gpus));
    machine_ = std::make_unique<Machine>(MachineOptions{});
    journal_ = std::make_unique<SettingJournal>(std::getenv("ZEUS_JOURNAL_DIR"), current_boot());
  }
  GuardProcessTest() { make(2); }

  [[nodiscard]] const std::shared_ptr<Gpu>& gpu(std::size_t index) const {
    return machine_->all_gpus()[index];
  }
  [[nodiscard]] double limit(std::size_t index) const { return gpu(index)->power_limit().value(); }
  [[nodiscard]] bool all_are_at(double watts) const {
    for (std::size_t i = 0; i < machine_->all_gpus().size(); ++i) {
      if (limit(i) != watts) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t entries() const {
    std::vector<std::string> troubles;
    return journal_->read_all(troubles).size();
  }
  // The process that guards a GPU; 0: none.
  [[nodiscard]] pid_t guard_of(std::size_t index) const {
    return GpuLock::open(journal_->lock_file(gpu(index)->info().uuid))
        ->other_holder(GpuLock::Part::kGuard)
        .value_or(0);
  }
  void expect_put_back() const {
    EXPECT_TRUE(comes_true(kSoon, [this] { return all_are_at(250); }))
        << limit(0) << " W, " << limit(1) << " W";
    EXPECT_TRUE(comes_true(kLate, [this] { return entries() == 0 && guard_of(0) == 0; }))
        << "the guard ends without a trace";
  }

  std::unique_ptr<simulator::SimulatedMachine> simulated_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<SettingJournal> journal_;
};

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
    std::vector<int> indices;
    for (int gpu = 0; gpu < gpus; ++gpu) indices.push_back(gpu);
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

// `zeus COMMAND`: what it prints, and its exit code on a line of its own.
std::string zeus_says(const std::string& command) {
  std::FILE* const output =
      popen((std::string(ZEUS_COMMAND " ") + command + " 2>&1; echo $?").c_str(), "r");
  std::string text;
  for (int letter = std::fgetc(output); letter != EOF; letter = std::fgetc(output)) {
    text += static_cast<char>(letter);
  }
  pclose(output);
  return text;
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
