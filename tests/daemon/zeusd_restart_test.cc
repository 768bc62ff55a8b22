// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What of a lease outlives the daemon that granted it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/daemon/zeusd.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/setting_journal.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;

class ZeusdRestartTest : public ZeusdTest {
 protected:
  ZeusdRestartTest() { start(); }
  [[nodiscard]] nlohmann::json leases() const { return get("/lease").json()["leases"]; }
};

TEST_F(ZeusdRestartTest, a_lease_still_ends_without_a_heartbeat) {
  const std::vector<std::string> words{"--policy", policy("[leases]\nheartbeat_s = 1\n")};
  start(words);
  ClientProcess silent(socket());
  ClientProcess lively(socket());
  // Also one that was asked for after its first change.
  ASSERT_EQ(silent.set_limit("0", 150000).status, 200);
  ASSERT_EQ(silent.ask("POST", "/lease/acquire?gpu_ids=0").status, 200);
  ASSERT_EQ(lively.ask("POST", "/lease/acquire?gpu_ids=1").status, 200);
  ASSERT_EQ(lively.set_limit("1", 150000).status, 200);
  zeusd_->end(SIGKILL);
  ASSERT_EQ(limit(0), 150);
  start(words);
  lively.disconnect();
  EXPECT_EQ(leases()[0]["asked_for"], true);
  EXPECT_GT(leases()[0]["heartbeat_due_s"], 0) << "it has the whole time anew";
  EXPECT_TRUE(comes_true([&] {
    EXPECT_EQ(lively.ask("POST", "/lease/heartbeat").status, 200);
    return limit(0) == 250;
  })) << "its process lives, and says nothing";
  EXPECT_EQ(limit(1), 150);
  EXPECT_THAT(zeusd_->log(), HasSubstr("\"result\":\"a heartbeat is due in 1000 ms\""));
}

TEST_F(ZeusdRestartTest, what_a_killed_job_and_its_guard_left_is_put_back_at_the_start) {
  zeusd_->end(SIGTERM);
  const SettingJournal journal(std::getenv("ZEUS_JOURNAL_DIR"), current_boot());
  journal.open();
  for (const std::size_t index : {0U, 1U}) {
    SettingLedger ledger({.power_limit = Watts(250)});
    ledger.end_write({.power_limit = Watts(130)});
    gpu(index)->set_power_limit(Watts(130));
    journal.write({.boot = journal.boot(),
                   .uuid = uuid(index),
                   .is_simulated = true,
                   .job = {.pid = 1, .start = 1},
                   .ledger = ledger});
  }
  const auto lock = GpuLock::open(journal.lock_file(uuid(1)));
  ASSERT_TRUE(lock->try_lock(GpuLock::Part::kJob));
  start();
  expect_limit(0, 250);
  EXPECT_TRUE(comes_true([this] { return journal_entries() == 1; }));
  EXPECT_TRUE(comes_true([this] {
    return zeusd_->log().find("is being tuned by process") != std::string::npos;
  })) << "a job that lives";
  EXPECT_EQ(limit(1), 130);
}

TEST_F(ZeusdRestartTest, a_lease_of_a_connection_ends_with_the_next_one) {
  ClientProcess client(socket());
  ASSERT_EQ(client.ask("POST", "/lease/acquire?gpu_ids=0&until_disconnect=true").status, 200);
  ASSERT_EQ(client.set_limit("0", 150000).status, 200);
  zeusd_->end(SIGKILL);
  start();
  EXPECT_EQ(leases()[0]["until_disconnect"], true);
  client.disconnect();
  EXPECT_EQ(client.ask("POST", "/lease/heartbeat").status, 200);
  EXPECT_EQ(limit(0), 150);
  client.disconnect();
  expect_limit(0, 250);
}

}  // namespace
}  // namespace zeus::testing
