// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Jobs whose limits zeusd sets: the library's client against the daemon itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill

#include <chrono>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <variant>

#include "tests/captured_log.h"
#include "tests/daemon/zeusd.h"
#include "zeus/error.h"
#include "zeus/guard/setting_journal.h"
#include "zeus/machine.h"
#include "zeus/monitor/zeus_monitor.h"
#include "zeus/optimizer/global_power_limit_optimizer.h"
#include "zeus/optimizer/selectors.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

class DaemonJobTest : public ZeusdTest {
 protected:
  DaemonJobTest() {
    start();
    MachineOptions options;
    options.daemon = DaemonOptions{.socket = socket()};
    job_ = std::make_unique<Machine>(options);
    monitor_ = std::make_unique<ZeusMonitor>(job_->gpus());
  }

  [[nodiscard]] std::unique_ptr<GlobalPowerLimitOptimizer> tuning() {
    GlobalPowerLimitOptimizerOptions options;
    options.wait_steps = 0;
    options.warmup_steps = 0;
    options.profile_steps = 1;
    options.pl_step = Watts(50);
    // The lowest, however much a busy machine differs from step to step.
    options.optimum_selector = std::make_shared<MaxSlowdownConstraint>(1000);
    return std::make_unique<GlobalPowerLimitOptimizer>(*monitor_, options);
  }
  static void step(GlobalPowerLimitOptimizer& optimizer) {
    optimizer.on_step_begin();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));  // longer than a counter's tick
    optimizer.on_step_end();
  }
  [[nodiscard]] std::size_t leases() const { return get("/lease").json()["leases"].size(); }

  std::unique_ptr<Machine> job_;
  std::unique_ptr<ZeusMonitor> monitor_;
};

TEST_F(DaemonJobTest, is_tuned_to_the_end_and_leaves_everything_as_it_was) {
  EXPECT_EQ(job_->daemon_socket(), socket());
  const auto optimizer = tuning();
  EXPECT_EQ(leases(), 2U);
  optimizer->on_epoch_begin();
  for (int i = 0; i < 1000 && !std::holds_alternative<Done>(optimizer->state()); ++i) {
    step(*optimizer);
  }
  ASSERT_TRUE(std::holds_alternative<Done>(optimizer->state()));
  EXPECT_EQ(Watts(limit(0)), std::get<Done>(optimizer->state()).optimal_power_limit);
  EXPECT_EQ(limit(0), 100);
  optimizer->close();
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(limit(1), 250);
  EXPECT_EQ(leases(), 0U) << "the process goes on, and another may have them";
  EXPECT_EQ(journal_entries(), 0U);
}

TEST_F(DaemonJobTest, keeps_to_what_the_operator_allows_and_gets_back_what_was_there) {
  zeusd_->end(SIGTERM);
  start({"--policy", policy("[[gpu]]\npower_limit_w = { min = 150, max = 220 }\n")});
  const CapturedLog log;
  const auto optimizer = tuning();  // the present limit, 250 W, is above that
  optimizer->on_epoch_begin();
  for (int i = 0; i < 1000 && !std::holds_alternative<Done>(optimizer->state()); ++i) {
    step(*optimizer);
    EXPECT_TRUE(limit(0) == 250 || (limit(0) >= 150 && limit(0) <= 220)) << limit(0);
  }
  ASSERT_TRUE(std::holds_alternative<Done>(optimizer->state()));
  EXPECT_LE(limit(0), 220);
  optimizer->close();
  EXPECT_EQ(limit(0), 250);
  EXPECT_THAT(log.warnings(), ::testing::IsEmpty());
}

TEST_F(DaemonJobTest, has_nothing_to_tune_where_the_operator_allows_more_only) {
  zeusd_->end(SIGTERM);
  gpu(0)->set_power_limit(Watts(140));
  start({"--policy", policy("[[gpu]]\npower_limit_w = { min = 150 }\n")});
  try {
    (void)tuning();
    FAIL() << "constructed";
  } catch (const ZeusBaseError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the power limit of GPU 0 is 140 W, and it may be set to "
                                        "150 to 250 W: there is nothing lower to try"));
  }
  EXPECT_EQ(limit(0), 140);
}

TEST_F(DaemonJobTest, is_refused_a_gpu_that_another_one_has) {
  ClientProcess other(socket());
  ASSERT_EQ(other.set_limit("1", 150000).status, 200);
  try {
    (void)tuning();
    FAIL() << "constructed";
  } catch (const ZeusBaseGPUError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("GPU 1 is being tuned by another job, process " +
                                              std::to_string(other.pid()) + " of user "),
                                    HasSubstr("CUDA_VISIBLE_DEVICES")));
  }
  EXPECT_EQ(leases(), 1U);
}

TEST_F(DaemonJobTest, goes_on_untuned_where_the_daemon_is_gone_and_is_put_right_once_it_is_back) {
  const auto optimizer = tuning();
  const CapturedLog log;
  optimizer->on_epoch_begin();
  while (limit(0) == 250) step(*optimizer);
  zeusd_->end(SIGKILL);
  for (int i = 0; i < 100 && !std::holds_alternative<Stopped>(optimizer->state()); ++i) {
    step(*optimizer);
  }
  ASSERT_TRUE(std::holds_alternative<Stopped>(optimizer->state()));
  EXPECT_THAT(log.warnings(), Contains(HasSubstr("no answer from zeusd at " + socket())));
  EXPECT_LT(limit(0), 250);
  start();
  EXPECT_LT(limit(0), 250) << "the job runs, and its lease goes on";
  EXPECT_EQ(leases(), 2U);
  optimizer->close();
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(limit(1), 250);
}

TEST_F(DaemonJobTest, zeus_restore_asks_the_daemon) {
  const SettingJournal journal(std::getenv("ZEUS_JOURNAL_DIR"), current_boot());
  journal.open();
  SettingLedger ledger({.power_limit = Watts(250)});
  ledger.end_write({.power_limit = Watts(130)});
  gpu(0)->set_power_limit(Watts(130));
  journal.write({.boot = journal.boot(),
                 .uuid = uuid(0),
                 .is_simulated = true,
                 .job = {.pid = 1, .start = 1},
                 .ledger = ledger});
  const std::string command = "ZEUSD_SOCK_PATH=" + socket() + " " ZEUS_COMMAND " restore";
  EXPECT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(limit(0), 250);
  zeusd_->end(SIGTERM);
  EXPECT_NE(std::system((command + " 2> /dev/null").c_str()), 0) << "nobody answers";
}

TEST_F(DaemonJobTest, without_a_daemon_is_told_at_its_start) {
  zeusd_->end(SIGTERM);
  try {
    (void)tuning();
    FAIL() << "constructed";
  } catch (const ZeusBaseGPUError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no answer from zeusd at " + socket()));
  }
}

}  // namespace
}  // namespace zeus::testing
