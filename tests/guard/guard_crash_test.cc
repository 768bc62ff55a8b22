// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Every step at which a job, its guard or `zeus restore` can be killed, one after the other: each
// system call on the journal and each driver call, until one run gets through. ZEUS_GUARD_CRASHES
// in the environment: with more GPUs, too, which takes minutes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/guard/guarded_machine.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kMostSteps = 20000;

std::vector<int> gpu_counts() {
  if (std::getenv("ZEUS_GUARD_CRASHES") != nullptr) return {1, 2, 4};
  return {1};
}

class GuardCrashTest : public GuardedMachine {
 protected:
  GuardCrashTest() {
    // A guard is started without LD_PRELOAD.
    write_text(folder_ / "zeus-guard",
               "#!/bin/sh\nLD_PRELOAD='" ZEUS_CRASH_AT "' exec '" ZEUS_GUARD_PROGRAM "' \"$@\"\n");
    chmod((folder_ / "zeus-guard").c_str(), 0700);
    setenv("ZEUS_CRASH_LOG", (folder_ / "log").c_str(), 1);
  }
  ~GuardCrashTest() override {
    for (const char* name : {"LD_PRELOAD", "ZEUS_GUARD", "ZEUS_CRASH_PROGRAM", "ZEUS_CRASH_AT",
                             "ZEUS_CRASH_GUARD", "ZEUS_CRASH_LOG"}) {
      unsetenv(name);
    }
  }

  void crash(const char* program, int step) const {
    std::filesystem::remove(folder_ / "log");
    setenv("ZEUS_CRASH_PROGRAM", program, 1);
    setenv("ZEUS_CRASH_AT", std::to_string(step).c_str(), 1);
  }
  // "7 rename"; empty where the program got through.
  [[nodiscard]] std::string crashed_at() const { return read_text(folder_ / "log"); }

  // But for locks, which stay.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(journal_->folder(), none)) {
      if (file.path().extension() != ".lock") names.push_back(file.path().filename().string());
    }
    return names;
  }

  // A job from its start to its end, or to its crash.
  static void run_job(const std::string& ending) {
    setenv("LD_PRELOAD", ZEUS_CRASH_AT, 1);
    Job job(ending, 150);
    unsetenv("LD_PRELOAD");
    while (!job.answer().empty()) {
    }
    job.end(0);
  }

  // The next start: `zeus restore`, or a job. What somebody else has set on the last GPU stays.
  void expect_next_start_puts_right(int step, bool is_foreign) {
    const std::size_t last = machine_->all_gpus().size() - 1;
    if (is_foreign) gpu(last)->set_power_limit(Watts(180));
    unsetenv("ZEUS_CRASH_AT");
    if (step % 2 == 0) {
      EXPECT_TRUE(zeus_says("restore").ends_with("\n0\n"));
    } else {
      Job next("return", 175);
      EXPECT_THAT(next.answer(), HasSubstr("ready"));
      next.end(0);
    }
    EXPECT_EQ(limit(last), is_foreign ? 180 : 250);
    gpu(last)->set_power_limit(Watts(250));
    EXPECT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
    EXPECT_TRUE(all_are_at(250));
    EXPECT_THAT(files(), IsEmpty());
  }

  // Calls it with 1, 2, 3, … until a run gets through; returns how many crashed.
  int for_each_step(const std::function<void(int)>& run) const {
    for (int step = 1; step < kMostSteps; ++step) {
      run(step);
      if (crashed_at().empty() || HasFailure()) {
        RecordProperty("steps", step - 1);
        return step - 1;
      }
    }
    ADD_FAILURE() << "no run gets through";
    return 0;
  }

  TemporaryFolder folder_;
};

TEST_F(GuardCrashTest, a_job_killed_at_each_of_its_steps_leaves_nothing) {
  for (const int gpus : gpu_counts()) {
    make(gpus);
    const int steps = for_each_step([&](int step) {
      crash("guarded_job", step);
      run_job("through");
      SCOPED_TRACE(std::to_string(gpus) + " GPUs, " + crashed_at());
      EXPECT_TRUE(comes_true(kSoon, [this] { return all_are_at(250); })) << limit(0);
      EXPECT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
      EXPECT_THAT(files(), IsEmpty());
    });
    EXPECT_GT(steps, 60 * gpus);
  }
}

TEST_F(GuardCrashTest, a_job_killed_at_each_of_its_steps_with_its_guard_is_put_right_later) {
  setenv("ZEUS_CRASH_GUARD", "1", 1);
  for (const int gpus : gpu_counts()) {
    make(gpus);
    const int steps = for_each_step([&](int step) {
      crash("guarded_job", step);
      run_job("through");
      SCOPED_TRACE(std::to_string(gpus) + " GPUs, " + crashed_at());
      ASSERT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
      expect_next_start_puts_right(step, step % 3 == 0);
    });
    EXPECT_GT(steps, 60 * gpus);
  }
}

// A guard looks for news a few times a second, so that its steps are not the same each time: those
// that follow the job's end all come.
TEST_F(GuardCrashTest, a_guard_killed_at_each_of_its_steps_is_put_right_later) {
  setenv("ZEUS_GUARD", (folder_ / "zeus-guard").c_str(), 1);
  for (const int gpus : gpu_counts()) {
    make(gpus);
    const int steps = for_each_step([&](int step) {
      crash("zeus-guard", step);
      Job job("wait", 150);
      static_cast<void>(job.answer());  // it may be refused
      job.end(SIGKILL);
      ASSERT_TRUE(comes_true(kLate, [this] { return guard_of(0) == 0; }));
      SCOPED_TRACE(std::to_string(gpus) + " GPUs, " + crashed_at());
      expect_next_start_puts_right(step, step % 3 == 0);
    });
    EXPECT_GT(steps, 30 * gpus);
  }
}

TEST_F(GuardCrashTest, zeus_restore_killed_at_each_of_its_steps_is_put_right_later) {
  for (const int gpus : gpu_counts()) {
    make(gpus);
    const int steps = for_each_step([&](int step) {
      journal_->open();
      for (const std::shared_ptr<Gpu>& each : machine_->all_gpus()) {
        SettingLedger ledger({.power_limit = Watts(250)});
        ledger.end_write({.power_limit = Watts(150)});
        journal_->write({.boot = journal_->boot(),
                         .uuid = each->info().uuid,
                         .is_simulated = true,
                         .job = {.pid = getpid(), .start = 1},
                         .ledger = ledger});
        each->set_power_limit(Watts(150));
      }
      crash("zeus", step);
      setenv("LD_PRELOAD", ZEUS_CRASH_AT, 1);
      static_cast<void>(zeus_says("restore"));
      unsetenv("LD_PRELOAD");
      SCOPED_TRACE(std::to_string(gpus) + " GPUs, " + crashed_at());
      expect_next_start_puts_right(step, step % 3 == 0 && limit(gpus - 1) == 150);
    });
    EXPECT_GT(steps, 30 * gpus);
  }
}

}  // namespace
}  // namespace zeus::testing
