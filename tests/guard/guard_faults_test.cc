// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What can go wrong around a guarded job: the journal's disk, the driver under the guard, the
// clock, a container that is torn down.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/guard/guarded_machine.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

#ifdef ZEUS_SANITIZED
constexpr bool kCanPreload = false;
#else
constexpr bool kCanPreload = true;
#endif
constexpr const char* kWhyNot = "what is preloaded and a sanitizer are in each other's way";

// Sets a variable while it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* const there = std::getenv(name)) before_ = there;
    setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (before_) {
      setenv(name_, before_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

class GuardFaultsTest : public GuardedMachine {
 protected:
  // A guard to which the simulated driver shows these faults.
  void give_guard_faults(const std::string& faults) {
    std::string scenario = read_text(simulated_->scenario());
    const std::size_t end = scenario.rfind('}');
    write_text(folder_ / "faulty.json",
               scenario.substr(0, end) + ", \"faults\": [" + faults + "]}");
    wrap_guard("ZEUS_SIMULATOR='" + (folder_ / "faulty.json").string() + "'");
  }
  // A guard with variables of its own.
  void wrap_guard(const std::string& variables) {
    write_text(folder_ / "zeus-guard",
               "#!/bin/sh\n" + variables + " exec '" ZEUS_GUARD_PROGRAM "' \"$@\"\n");
    chmod((folder_ / "zeus-guard").c_str(), 0700);
    guard_.emplace("ZEUS_GUARD", (folder_ / "zeus-guard").string());
  }

  // All lines of a job that runs to its end.
  static std::string lines_of(Job& job) {
    std::string lines;
    for (std::string line = job.answer(); !line.empty(); line = job.answer()) lines += line + "\n";
    return lines;
  }

  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(journal_->folder())) {
      if (file.path().extension() != ".lock") names.push_back(file.path().filename().string());
    }
    return names;
  }

  // Started with the journal's folder.
  [[nodiscard]] int guards_of_this_machine() const {
    int count = 0;
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
      const std::string words = read_text(process.path() / "cmdline");
      if (words.find("zeus-guard") != std::string::npos &&
          words.find(journal_->folder().string()) != std::string::npos) {
        ++count;
      }
    }
    return count;
  }

  void kill_ready_job() const {
    Job job("wait", 150);
    ASSERT_THAT(job.answer(), HasSubstr("ready"));
    job.end(SIGKILL);
  }

  TemporaryFolder folder_;
  std::optional<Variable> guard_;
};

// --- the journal's disk ------------------------------------------------------------------------

TEST_F(GuardFaultsTest, a_full_disk_ends_the_tuning_where_a_guard_is_required) {
  if (!kCanPreload) GTEST_SKIP() << kWhyNot;
  const Variable preload("LD_PRELOAD", ZEUS_CRASH_AT);
  const Variable program("ZEUS_CRASH_PROGRAM", "guarded_job");
  // Nothing fits; half an entry; one entry, not two; …
  for (const int bytes : {0, 100, 300, 500, 900}) {
    const Variable full("ZEUS_FULL_AFTER", std::to_string(bytes));
    Job job("through", 150);
    EXPECT_THAT(lines_of(job), HasSubstr("No space left on device")) << bytes;
    job.end(0);
    EXPECT_TRUE(all_are_at(250)) << bytes;
    EXPECT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
    EXPECT_THAT(files(), IsEmpty()) << bytes;
  }
}

TEST_F(GuardFaultsTest, a_full_disk_is_a_warning_where_no_guard_is_required) {
  if (!kCanPreload) GTEST_SKIP() << kWhyNot;
  const Variable preload("LD_PRELOAD", ZEUS_CRASH_AT);
  const Variable program("ZEUS_CRASH_PROGRAM", "guarded_job");
  const Variable full("ZEUS_FULL_AFTER", "0");
  const Variable optional("ZEUS_GUARD_IS_OPTIONAL", "1");
  Job job("through", 150);
  EXPECT_THAT(lines_of(job), HasSubstr("ready"));
  job.end(0);
  EXPECT_TRUE(all_are_at(250));
  EXPECT_THAT(files(), IsEmpty());
}

// A script in a mount namespace of its own. The last line is its exit code.
std::string in_namespace(const std::string& options, const std::string& script) {
  return shell_says("unshare --user --map-root-user " + options + " sh -c '" + script + "' 2>&1");
}

#define SKIP_WITHOUT_NAMESPACES(options)                                       \
  if (!in_namespace(options, "true").ends_with("0\n")) {                       \
    GTEST_SKIP() << "this machine lets nobody make namespaces: " << (options); \
  }

TEST_F(GuardFaultsTest, a_file_system_without_room_is_reported) {
  SKIP_WITHOUT_NAMESPACES("--mount");
  journal_->open();
  const std::string folder = journal_->folder().string();
  const std::string said =
      in_namespace("--mount", "mount -t tmpfs -o size=8k,mode=755 none " + folder +
                                  " && { head -c 9000 /dev/zero > " + folder +
                                  "/fill; " ZEUS_GUARDED_JOB " return 150; }");
  EXPECT_THAT(said, HasSubstr("No space left on device"));
  EXPECT_TRUE(all_are_at(250));
}

TEST_F(GuardFaultsTest, a_read_only_file_system_is_reported) {
  SKIP_WITHOUT_NAMESPACES("--mount");
  journal_->open();
  const std::string folder = journal_->folder().string();
  const std::string mounting =
      "mount --bind " + folder + " " + folder + " && mount -o remount,ro,bind " + folder + " && ";
  const std::string refused = in_namespace("--mount", mounting + ZEUS_GUARDED_JOB " return 150");
  EXPECT_THAT(refused, HasSubstr("be guarded")) << refused;
  EXPECT_THAT(refused, HasSubstr("Read-only file system"));
  const std::string warned = in_namespace(
      "--mount", mounting + "ZEUS_GUARD_IS_OPTIONAL=1 " ZEUS_GUARDED_JOB " return 150");
  EXPECT_THAT(warned, HasSubstr("If this job is killed, the power limit that it has set stays"));
  EXPECT_THAT(warned, HasSubstr("ready"));
  EXPECT_TRUE(all_are_at(250));
}

// --- the driver under the guard ----------------------------------------------------------------

TEST_F(GuardFaultsTest, a_driver_call_that_hangs_keeps_no_other_gpu_waiting) {
  give_guard_faults(
      R"({"function": "nvmlDeviceSetPowerManagementLimit", "gpu": 0, "hangs": true})");
  kill_ready_job();
  EXPECT_TRUE(comes_true(kSoon, [this] { return limit(1) == 250; }));
  EXPECT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; })) << "the guard gives up";
  EXPECT_EQ(limit(0), 150);
  EXPECT_EQ(entries(), 1U) << "for the next start";
  EXPECT_THAT(zeus_says("restore"), HasSubstr("The power limit of GPU 0 is back at 250 W"));
  EXPECT_EQ(limit(0), 250);
}

TEST_F(GuardFaultsTest, a_driver_that_never_starts_is_known_at_the_start_and_keeps_no_guard) {
  give_guard_faults(R"({"function": "nvmlInit_v2", "hangs": true})");
  {
    Job job("return", 150);
    EXPECT_THAT(job.answer(), HasSubstr("the driver does not answer"));
    job.end(0);
  }
  const Variable optional("ZEUS_GUARD_IS_OPTIONAL", "1");
  kill_ready_job();
  EXPECT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
  EXPECT_EQ(entries(), 2U);
  EXPECT_TRUE(zeus_says("restore").ends_with("\n0\n"));
  EXPECT_TRUE(all_are_at(250));
  EXPECT_TRUE(comes_true(kLate, [this] { return guards_of_this_machine() == 0; }));
}

TEST_F(GuardFaultsTest, a_write_that_does_nothing_is_tried_again) {
  give_guard_faults(
      R"({"function": "nvmlDeviceSetPowerManagementLimit", "ignored": true, "count": 7})");
  kill_ready_job();
  expect_put_back();
}

TEST_F(GuardFaultsTest, a_write_that_never_does_anything_stays_in_the_journal) {
  give_guard_faults(
      R"({"function": "nvmlDeviceSetPowerManagementLimit", "gpu": 1, "ignored": true})");
  kill_ready_job();
  EXPECT_TRUE(comes_true(kSoon, [this] { return limit(0) == 250; }));
  EXPECT_TRUE(comes_true(kLate, [this] { return guard_of(1) == 0; }));
  EXPECT_EQ(limit(1), 150);
  EXPECT_EQ(entries(), 1U);
  EXPECT_TRUE(zeus_says("restore").ends_with("\n0\n"));
  EXPECT_TRUE(all_are_at(250));
}

// At each of its uses by the guard, until one comes too late.
TEST_F(GuardFaultsTest, a_gpu_that_is_lost_meanwhile_keeps_no_other_waiting) {
  bool is_too_late = false;
  int losses = 0;
  for (int call = 1; !is_too_late && call < 60; ++call) {
    make(2);
    give_guard_faults(R"({"lost": true, "gpu": 0, "call": )" + std::to_string(call) + "}");
    Job job("wait", 150);
    const std::string answer = job.answer();
    job.end(SIGKILL);
    SCOPED_TRACE(call);
    if (answer.find("ready") == std::string::npos) {
      EXPECT_THAT(answer, HasSubstr("can't be guarded"));  // lost so early that it is known
      continue;
    }
    EXPECT_TRUE(comes_true(kSoon, [this] { return limit(1) == 250; }));
    is_too_late = comes_true(milliseconds(100), [this] { return entries() == 0; });
    if (is_too_late) continue;
    ++losses;
    EXPECT_EQ(entries(), 1U) << "of the lost one";
    kill(guard_of(0), SIGKILL);  // which tries for some seconds more
    ASSERT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
  }
  EXPECT_TRUE(is_too_late) << "no run gets through";
  EXPECT_GT(losses, 0);
}

// --- the clock ---------------------------------------------------------------------------------

TEST_F(GuardFaultsTest, a_clock_that_jumps_by_years_changes_nothing) {
  if (!kCanPreload) GTEST_SKIP() << kWhyNot;
  wrap_guard("LD_PRELOAD='" ZEUS_CRASH_AT "' ZEUS_CRASH_PROGRAM=zeus-guard ZEUS_CLOCK_JUMPS=1");
  const Variable program("ZEUS_CRASH_PROGRAM", "guarded_job");
  const Variable jumps("ZEUS_CLOCK_JUMPS", "1");
  for (int i = 0; i < 3; ++i) {
    {
      const Variable preload("LD_PRELOAD", ZEUS_CRASH_AT);
      kill_ready_job();
    }
    expect_put_back();
  }
}

// --- what takes the guard with it --------------------------------------------------------------

// A container: its processes are all killed, the folder of the journal is the host's.
// The shell is the first process: a job that is that one has no guard.
const std::vector<std::string> kContainer{"unshare", "--user", "--map-root-user",
                                          "--pid",   "--fork", "--kill-child",
                                          "sh",      "-c",     R"("$0" "$@"; exit 1)"};

TEST_F(GuardFaultsTest, a_pid_namespace_that_is_torn_down_is_put_right_from_outside) {
  SKIP_WITHOUT_NAMESPACES("--pid --fork");
  Job container("wait", 150, {}, kContainer);
  ASSERT_THAT(container.answer(), HasSubstr("ready"));
  ASSERT_GT(guard_of(0), 0) << "visible from outside";
  container.end(SIGKILL);
  EXPECT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
  EXPECT_TRUE(all_are_at(150)) << "the guard is gone with the namespace";
  const std::string restored = zeus_says("restore");
  EXPECT_TRUE(restored.ends_with("\n0\n")) << restored;
  EXPECT_TRUE(all_are_at(250));
  EXPECT_THAT(files(), IsEmpty());
}

// Nobody outside puts back what is in use inside, nor sets it.
TEST_F(GuardFaultsTest, a_job_in_a_pid_namespace_keeps_its_gpu_from_those_outside) {
  SKIP_WITHOUT_NAMESPACES("--pid --fork");
  Job container("wait", 150, {}, kContainer);
  ASSERT_THAT(container.answer(), HasSubstr("ready"));
  EXPECT_THAT(zeus_says("restore"), HasSubstr("GPU 0 is being tuned by process"));
  EXPECT_TRUE(all_are_at(150));
  Job second("wait", 175);
  EXPECT_THAT(second.answer(), HasSubstr("GPU 0 is being tuned by another job, process"));
  container.end(SIGKILL);
  EXPECT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
  EXPECT_TRUE(zeus_says("restore").ends_with("\n0\n"));
  EXPECT_TRUE(all_are_at(250));
}

// Nor does another container, which does not see the process.
TEST_F(GuardFaultsTest, a_job_in_another_pid_namespace_is_refused_by_one_outside) {
  SKIP_WITHOUT_NAMESPACES("--pid --fork");
  Job outside("wait", 150);
  ASSERT_THAT(outside.answer(), HasSubstr("ready"));
  Job container("wait", 175, {}, kContainer);
  EXPECT_THAT(container.answer(), HasSubstr("a process outside this container"));
  EXPECT_TRUE(all_are_at(150));
}

// A Slurm step or a systemd unit: the group of processes is killed as one.
TEST_F(GuardFaultsTest, a_cgroup_that_is_killed_is_put_right_from_outside) {
  std::filesystem::path group = "/sys/fs/cgroup";
  if (!std::filesystem::exists(group / "cgroup.procs")) group /= "unified";
  if (!std::filesystem::exists(group / "cgroup.procs")) {
    GTEST_SKIP() << "there is no cgroup2 at /sys/fs/cgroup";
  }
  group /= "zeus-test-" + std::to_string(getpid());
  std::error_code error;
  if (!std::filesystem::create_directory(group, error)) {
    GTEST_SKIP() << "no cgroup can be made here: " << error.message();
  }
  Job job("wait", 150, {},
          {"sh", "-c", "echo $$ > " + (group / "cgroup.procs").string() + R"(; exec "$0" "$@")"});
  ASSERT_THAT(job.answer(), HasSubstr("ready"));
  const bool is_inside = read_text("/proc/" + std::to_string(guard_of(0)) + "/cgroup")
                             .find(group.filename().string()) != std::string::npos;
  if (is_inside && std::filesystem::exists(group / "cgroup.kill")) {
    write_text(group / "cgroup.kill", "1");
    job.end(0);
    EXPECT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
    EXPECT_EQ(limit(0), 150) << "the guard is gone with the group";
    EXPECT_TRUE(zeus_says("restore").ends_with("\n0\n"));
    EXPECT_TRUE(all_are_at(250));
  }
  job.end(SIGKILL);
  EXPECT_TRUE(comes_true(kLate, [&group] {
    std::error_code ignored;
    return std::filesystem::remove(group, ignored) || !std::filesystem::exists(group);
  }));
  if (!is_inside) GTEST_SKIP() << "no process can be put into a cgroup here";
}

}  // namespace
}  // namespace zeus::testing
