// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus restore` where the driver is missing or shows no GPU, and what `zeus env` says of limits
// that jobs have left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/guard/guarded_machine.h"
#include "tests/paths.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GuardRestore : public GuardedMachine {
 protected:
  ~GuardRestore() override {
    setenv("LD_LIBRARY_PATH", ZEUS_SIMULATOR_DIR, 1);
    unsetenv("CUDA_VISIBLE_DEVICES");
  }

  // As a job does that is killed together with its guard.
  void leave_limit(double watts) const {
    journal_->open();
    SettingLedger ledger({.power_limit = Watts(250)});
    ledger.end_write({.power_limit = Watts(watts)});
    gpu(0)->set_power_limit(Watts(watts));
    journal_->write({.boot = journal_->boot(),
                     .uuid = gpu(0)->info().uuid,
                     .is_simulated = true,
                     .job = {.pid = getpid(), .start = 1},
                     .ledger = ledger});
  }
};

// In a Slurm epilog a failure takes the node out of service.
TEST_F(GuardRestore, without_a_driver_it_succeeds_where_nothing_is_left_and_fails_where_some_is) {
  const TemporaryFolder no_driver;
  setenv("LD_LIBRARY_PATH", no_driver.path().c_str(), 1);
  if (zeus_says("env --json").find("\"found\": true") != std::string::npos) {
    GTEST_SKIP() << "this machine has an NVIDIA driver of its own";
  }
  EXPECT_EQ(zeus_says("restore"), "No job that is gone has left a power limit.\n0\n");
  leave_limit(150);
  const std::string said = zeus_says("restore");
  EXPECT_THAT(said, HasSubstr("1 GPU has a power limit to put back, but no driver works"));
  EXPECT_THAT(said, Not(::testing::EndsWith("\n0\n")));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(GuardRestore, restores_gpus_whatever_a_job_may_see) {
  for (const char* const visible : {"MIG-5c89f1a6", "", "7"}) {
    SCOPED_TRACE(visible);
    setenv("CUDA_VISIBLE_DEVICES", visible, 1);
    EXPECT_THAT(zeus_says("restore"), ::testing::EndsWith("\n0\n"));
    leave_limit(150);
    EXPECT_THAT(zeus_says("restore"), ::testing::EndsWith("\n0\n"));
    EXPECT_EQ(limit(0), 250);
  }
}

TEST_F(GuardRestore, zeus_env_gives_one_command_for_a_limit_that_a_job_left) {
  leave_limit(150);
  const std::string said = zeus_says("env");
  EXPECT_THAT(said, HasSubstr("GPU 0 may still have the power limit of process"));
  EXPECT_THAT(said, HasSubstr("zeus restore\n"));
  EXPECT_THAT(said, Not(HasSubstr("sudo zeus restore"))) << "the entry is this user's";
  EXPECT_THAT(said, Not(HasSubstr("below its default"))) << "that command would say 250 W, too";
  gpu(1)->set_power_limit(Watts(150));
  EXPECT_THAT(zeus_says("env"), HasSubstr("GPU 1 has a power limit of 150 W, below its default"));
}

// Root has a journal of its own, and finds nothing in it.
TEST_F(GuardRestore, zeus_env_sends_nobody_to_root_for_an_entry_of_their_own) {
  if (geteuid() != 0) GTEST_SKIP() << "the test above is this one where it isn't root's";
  leave_limit(150);
  constexpr uid_t kNobody = 65534;
  const std::filesystem::path folder = journal_->folder().parent_path();
  EXPECT_EQ(chown(folder.c_str(), kNobody, kNobody), 0);
  for (const auto& each : std::filesystem::recursive_directory_iterator(folder)) {
    EXPECT_EQ(chown(each.path().c_str(), kNobody, kNobody), 0);
  }
  const std::string nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups -- " ZEUS_COMMAND;
  if (std::system((nobody + " --version > /dev/null 2>&1").c_str()) != 0) {
    GTEST_SKIP() << "another user can't run the command here";
  }
  const std::string said = shell_says(nobody + " env 2>&1");
  EXPECT_THAT(said, HasSubstr("GPU 0 may still have the power limit of process"));
  EXPECT_THAT(said, HasSubstr("zeus restore\n"));
  EXPECT_THAT(said, Not(HasSubstr("sudo zeus restore")));
}

}  // namespace
}  // namespace zeus::testing
