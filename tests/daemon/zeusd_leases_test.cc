// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Whose a GPU is, and what it is set to once he is gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "tests/daemon/zeusd.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/job_guard.h"
#include "zeus/guard/recovery.h"
#include "zeus/guard/setting_journal.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;

class ZeusdLeasesTest : public ZeusdTest {
 protected:
  ZeusdLeasesTest() { start(); }

  [[nodiscard]] nlohmann::json leases() const { return get("/lease").json()["leases"]; }
  // How many processes zeusd waits for.
  [[nodiscard]] int watched() const {
    int count = 0;
    for (const auto& file :
         std::filesystem::directory_iterator("/proc/" + std::to_string(zeusd_->pid()) + "/fd")) {
      std::error_code ignored;
      const std::string target = std::filesystem::read_symlink(file.path(), ignored).string();
      if (target.find("pidfd") != std::string::npos) ++count;
    }
    return count;
  }
};

TEST_F(ZeusdLeasesTest, a_client_that_is_killed_leaves_nothing) {
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0,1", 150000).status, 200);
  ASSERT_EQ(leases().size(), 2U);
  EXPECT_EQ(journal_entries(), 2U);
  client.kill();
  expect_limit(0, 250);
  expect_limit(1, 250);
  EXPECT_TRUE(comes_true([this] { return leases().empty(); }));
  EXPECT_EQ(journal_entries(), 0U);
}

TEST_F(ZeusdLeasesTest, a_second_writer_is_told_whose_the_gpu_is) {
  ClientProcess first(socket());
  ClientProcess second(socket());
  ASSERT_EQ(first.set_limit("0", 150000).status, 200);
  const HttpAnswer answer = second.set_limit("0,1", 175000);
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.error_of("0"),
              HasSubstr("being tuned by process " + std::to_string(first.pid())));
  EXPECT_EQ(answer.error_of("1"), "");
  EXPECT_EQ(answer.json()["holder"]["pid"], first.pid());
  EXPECT_EQ(answer.json()["holder"]["uid"], getuid());
  EXPECT_EQ(limit(0), 150);
  EXPECT_EQ(limit(1), 175) << "which was free";
  first.kill();
  ASSERT_TRUE(comes_true([&] { return second.set_limit("0", 175000).status == 200; }));
  second.kill();
  expect_limit(0, 250);
}

TEST_F(ZeusdLeasesTest, a_connection_may_end_while_its_process_goes_on) {
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0", 150000).status, 200);
  client.disconnect();
  EXPECT_EQ(client.set_limit("1", 150000).status, 200) << "over another connection";
  EXPECT_EQ(limit(0), 150);
  EXPECT_EQ(client.set_limit("0", 160000).status, 200);
}

TEST_F(ZeusdLeasesTest, who_puts_everything_back_holds_nothing) {
  ClientProcess first(socket());
  ASSERT_EQ(first.set_limit("0", 150000).status, 200);
  ASSERT_EQ(first.set_limit("0", 250000).status, 200);
  EXPECT_EQ(leases().size(), 0U);
  EXPECT_EQ(journal_entries(), 0U);
  ClientProcess second(socket());
  EXPECT_EQ(second.set_limit("0", 150000).status, 200);
}

TEST_F(ZeusdLeasesTest, a_limit_that_somebody_else_has_set_is_left) {
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0", 150000).status, 200);
  gpu(0)->set_power_limit(Watts(180));
  const HttpAnswer answer = client.set_limit("0", 160000);
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.error_of("0"), HasSubstr("set to 180 W by another program"));
  client.kill();
  EXPECT_TRUE(comes_true([this] { return leases().empty(); }));
  EXPECT_EQ(limit(0), 180);
}

TEST_F(ZeusdLeasesTest, who_may_leave_a_value_behind_does) {
  ClientProcess client(socket());
  EXPECT_EQ(client.set_limit("0", 150000, "&persist=true").status, 200);
  EXPECT_EQ(leases().size(), 0U) << "there is nothing to put back";
  client.kill();
  ClientProcess next(socket());
  ASSERT_EQ(next.set_limit("0", 200000).status, 200);
  EXPECT_EQ(leases()[0]["prior_power_limit_mw"], 150000);
  next.kill();
  expect_limit(0, 150);
}

TEST_F(ZeusdLeasesTest, a_daemon_that_is_killed_goes_on_where_it_was) {
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0,1", 150000).status, 200);
  zeusd_->end(SIGKILL);
  EXPECT_EQ(limit(0), 150);
  start();
  EXPECT_EQ(limit(0), 150) << "its holder lives";
  const auto shown = leases();
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0]["pid"], client.pid());
  EXPECT_EQ(shown[0]["prior_power_limit_mw"], 250000);
  ClientProcess other(socket());
  EXPECT_EQ(other.set_limit("0", 175000).status, 409);
  client.disconnect();
  EXPECT_EQ(client.set_limit("0", 160000).status, 200);
  client.kill();
  expect_limit(0, 250);
  expect_limit(1, 250);
}

TEST_F(ZeusdLeasesTest, while_no_daemon_runs_nobody_takes_a_gpu_from_a_client_that_lives) {
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0", 150000).status, 200);
  zeusd_->end(SIGKILL);
  const SettingJournal journal(std::getenv("ZEUS_JOURNAL_DIR"), current_boot());
  std::vector<std::string> troubles;
  const auto recovery = recover(journal, {0, gpu(0)}, std::chrono::milliseconds(0), troubles);
  ASSERT_TRUE(recovery);
  EXPECT_EQ(recovery->outcome, Recovery::Outcome::kInUse);
  EXPECT_EQ(recovery->holder, client.pid());
  EXPECT_EQ(limit(0), 150);
  JobGuard job(std::getenv("ZEUS_JOURNAL_DIR"), "");
  EXPECT_THROW(job.claim({0, gpu(0)}), GpuNotFreeError);
  start();
  EXPECT_EQ(leases().size(), 1U) << "it goes on";
  client.kill();
  expect_limit(0, 250);
}

TEST_F(ZeusdLeasesTest, where_daemon_and_client_are_killed_the_next_daemon_puts_back) {
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0", 150000).status, 200);
  zeusd_->end(SIGKILL);
  client.kill();
  ASSERT_EQ(limit(0), 150) << "nobody is left to put it back";
  start();
  expect_limit(0, 250);
  EXPECT_TRUE(comes_true([this] { return journal_entries() == 0; }));
}

TEST_F(ZeusdLeasesTest, a_daemon_that_is_stopped_puts_back_first) {
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0,1", 150000).status, 200);
  EXPECT_EQ(zeusd_->end(SIGTERM), 0) << zeusd_->log();
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(limit(1), 250);
  EXPECT_EQ(journal_entries(), 0U);
}

TEST_F(ZeusdLeasesTest, a_lease_is_acquired_kept_alive_and_released) {
  ClientProcess client(socket());
  ClientProcess other(socket());
  const HttpAnswer answer = client.ask("POST", "/lease/acquire?gpu_ids=0,1");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json()["leases"]["1"]["uuid"], uuid(1));
  EXPECT_EQ(answer.json()["heartbeat_s"], 30);
  EXPECT_EQ(other.ask("POST", "/lease/acquire?gpu_ids=1").status, 409);
  EXPECT_EQ(other.ask("POST", "/lease/acquire?gpu_ids=1").json()["holder"]["pid"], client.pid());
  EXPECT_EQ(other.set_limit("1", 150000).status, 409);
  EXPECT_EQ(client.ask("POST", "/lease/heartbeat").json()["leases"], 2);
  EXPECT_EQ(other.ask("POST", "/lease/heartbeat").status, 404);
  ASSERT_EQ(client.set_limit("0", 150000).status, 200);
  EXPECT_EQ(client.ask("POST", "/lease/release?gpu_ids=0").json()["released"], 1);
  EXPECT_EQ(limit(0), 250) << "the answer comes when it is back";
  EXPECT_EQ(leases().size(), 1U);
  EXPECT_EQ(client.ask("POST", "/lease/release").json()["released"], 1);
  EXPECT_EQ(other.ask("POST", "/lease/acquire?gpu_ids=0,1").status, 200);
}

TEST_F(ZeusdLeasesTest, a_lease_of_a_connection_ends_with_it) {
  ClientProcess client(socket());
  ASSERT_EQ(client.ask("POST", "/lease/acquire?gpu_ids=0&until_disconnect=true").status, 200);
  ASSERT_EQ(client.set_limit("0", 150000).status, 200);
  client.disconnect();
  expect_limit(0, 250);
}

TEST_F(ZeusdLeasesTest, a_lease_without_a_heartbeat_and_one_at_its_end_are_over) {
  start({"--policy", policy("[leases]\nheartbeat_s = 1\n")});
  ClientProcess silent(socket());
  ClientProcess timed(socket());
  ASSERT_EQ(silent.ask("POST", "/lease/acquire?gpu_ids=0").status, 200);
  ASSERT_EQ(silent.set_limit("0", 150000).status, 200);
  ASSERT_EQ(timed.ask("POST", "/lease/acquire?gpu_ids=1&length_s=2").status, 200);
  ASSERT_EQ(timed.set_limit("1", 150000).status, 200);
  EXPECT_TRUE(comes_true([&] {
    timed.ask("POST", "/lease/heartbeat");
    return limit(0) == 250;
  }));
  EXPECT_TRUE(comes_true([&] {
    timed.ask("POST", "/lease/heartbeat");
    return limit(1) == 250;
  })) << "a heartbeat moves the hard end";
  EXPECT_EQ(silent.ask("POST", "/lease/heartbeat").status, 404);
}

TEST_F(ZeusdLeasesTest, a_job_that_writes_by_itself_keeps_its_gpu) {
  const SettingJournal journal(std::getenv("ZEUS_JOURNAL_DIR"), current_boot());
  journal.open();
  const auto lock = GpuLock::open(journal.lock_file(uuid(0)));
  ASSERT_TRUE(lock->try_lock(GpuLock::Part::kJob));
  ClientProcess client(socket());
  const HttpAnswer answer = client.set_limit("0", 150000);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.json()["holder"]["pid"], getpid());
  EXPECT_EQ(client.set_limit("1", 150000).status, 200);
  lock->unlock(GpuLock::Part::kJob);
  EXPECT_EQ(client.set_limit("0", 150000).status, 200);
  EXPECT_EQ(lock->try_lock(GpuLock::Part::kJob), false) << "a job sees that it is taken";
  EXPECT_EQ(lock->other_holder(GpuLock::Part::kJob), zeusd_->pid());
}

TEST_F(ZeusdLeasesTest, what_a_killed_job_and_its_guard_left_is_put_back_first) {
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
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0", 150000).status, 200);
  EXPECT_EQ(leases()[0]["prior_power_limit_mw"], 250000) << "130 W has passed for the user's";
  EXPECT_EQ(limit(1), 130);
  EXPECT_EQ(client.ask("POST", "/lease/restore").body, R"({"troubles":[]})");
  EXPECT_EQ(limit(1), 250);
  EXPECT_EQ(limit(0), 150) << "of a client that lives";
}

TEST_F(ZeusdLeasesTest, what_could_not_be_put_back_is_tried_again) {
  // The second to the sixth change of GPU 0 fail: the first is the client's.
  make(2, R"({"faults": [{"function": "nvmlDeviceSetPowerManagementLimit", "gpu": 0, "call": 2,
                          "count": 5, "code": 999}]})");
  start();
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0,1", 150000).status, 200);
  client.kill();
  expect_limit(1, 250);
  expect_limit(0, 250);
  EXPECT_TRUE(comes_true([this] { return leases().empty(); }));
  EXPECT_THAT(get("/metrics").body, HasSubstr("\nzeusd_restored_total 2\n"));
}

TEST_F(ZeusdLeasesTest, a_release_whose_driver_fails_is_500_and_names_the_gpu) {
  // All changes of GPU 0 after the first for as long as a release waits, and some more.
  make(2, R"({"faults": [{"function": "nvmlDeviceSetPowerManagementLimit", "gpu": 0, "call": 2,
                          "count": 18, "code": 999}]})");
  start();
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0,1", 150000).status, 200);
  const HttpAnswer answer = client.ask("POST", "/lease/release?gpu_ids=0," + uuid(1));
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.error_of("0"), HasSubstr("GPU 0 is not back at its earlier settings"));
  EXPECT_EQ(answer.error_of(uuid(1)), "");
  EXPECT_EQ(answer.json()["released"], 2);
  EXPECT_EQ(limit(1), 250);
  EXPECT_THAT(get("/metrics").body, HasSubstr("\nzeusd_leases_failed_total 1\n"));
  EXPECT_EQ(client.set_limit("0", 160000).status, 409) << "it is being put back";
  expect_limit(0, 250);
  EXPECT_TRUE(comes_true([this] { return leases().empty(); }));
}

TEST_F(ZeusdLeasesTest, with_other_file_systems_below_the_same_root_an_index_says_nothing) {
  if (getuid() != 0) GTEST_SKIP() << "only root can make a mount namespace";
  ClientProcess contained(socket(), 0, "/");
  const HttpAnswer answer = contained.set_limit("0", 150000);
  if (answer.status == 0) GTEST_SKIP() << "no right to make a mount namespace";
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(contained.set_limit(uuid(0), 150000).status, 200);
}

TEST_F(ZeusdLeasesTest, in_another_root_an_index_says_nothing_and_a_uuid_does) {
  if (getuid() != 0) GTEST_SKIP() << "only root can change its root";
  ClientProcess contained("/zeusd.sock", 0, folder_.path().string());
  const HttpAnswer answer = contained.set_limit("0", 150000);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.error(), HasSubstr("name it by its UUID"));
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(contained.set_limit(uuid(0), 150000).status, 200);
  EXPECT_EQ(limit(0), 150);
}

TEST_F(ZeusdLeasesTest, who_holds_nothing_any_more_costs_no_file) {
  std::vector<std::unique_ptr<ClientProcess>> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<ClientProcess>(socket()));
    ASSERT_EQ(clients.back()->set_limit("0", 150000).status, 200);
    EXPECT_EQ(watched(), 1);
    // Each of the two ways to hold nothing.
    const HttpAnswer answer = i % 2 == 0 ? clients.back()->set_limit("0", 250000)
                                         : clients.back()->ask("POST", "/lease/release");
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(watched(), 0) << i;
  }
}

TEST_F(ZeusdLeasesTest, where_a_holder_cannot_be_watched_it_gets_no_lease) {
#ifdef ZEUS_SANITIZED
  GTEST_SKIP() << "a sanitizer needs files of its own";
#endif
  ClientProcess first(socket());
  ClientProcess second(socket());
  ASSERT_EQ(first.set_limit("0", 150000).status, 200);
  ASSERT_EQ(second.ask("POST", "/lease/heartbeat").status, 404);
  rlimit earlier{};
  ASSERT_EQ(::prlimit(zeusd_->pid(), RLIMIT_NOFILE, nullptr, &earlier), 0);
  rlimit none = earlier;
  none.rlim_cur = 3;
  ASSERT_EQ(::prlimit(zeusd_->pid(), RLIMIT_NOFILE, &none, nullptr), 0);
  const HttpAnswer answer = second.set_limit("1", 150000);
  EXPECT_EQ(first.set_limit("0", 160000).status, 200) << "what is begun needs no more files";
  ASSERT_EQ(::prlimit(zeusd_->pid(), RLIMIT_NOFILE, &earlier, nullptr), 0);
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.error_of("1"), HasSubstr("cannot watch process"));
  EXPECT_EQ(limit(1), 250);
  EXPECT_EQ(leases().size(), 1U) << "what is held stays";
  EXPECT_EQ(second.set_limit("1", 150000).status, 200);
  second.kill();
  expect_limit(1, 250);
}

TEST_F(ZeusdLeasesTest, a_journal_that_somebody_empties_is_written_again) {
  ClientProcess client(socket());
  ASSERT_EQ(client.set_limit("0", 150000).status, 200);
  ASSERT_EQ(journal_entries(), 1U);
  const SettingJournal journal(std::getenv("ZEUS_JOURNAL_DIR"), current_boot());
  journal.remove(journal.uuids().at(0));
  ASSERT_EQ(journal_entries(), 0U);
  ASSERT_EQ(client.set_limit("0", 160000).status, 200);
  EXPECT_EQ(journal_entries(), 1U);
  zeusd_->end(SIGKILL);
  start();
  client.kill();
  expect_limit(0, 250);
}

TEST_F(ZeusdLeasesTest, a_journal_that_cannot_be_written_refuses_the_change) {
  std::filesystem::create_directory(folder_ / "open");
  std::filesystem::permissions(folder_ / "open", std::filesystem::perms(0777));
  const std::string earlier = std::getenv("ZEUS_JOURNAL_DIR");
  ::setenv("ZEUS_JOURNAL_DIR", (folder_ / "open").c_str(), 1);
  start();
  ::setenv("ZEUS_JOURNAL_DIR", earlier.c_str(), 1);
  ClientProcess client(socket());
  const HttpAnswer answer = client.set_limit("0", 150000);
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.error_of("0"), HasSubstr("others can write to it"));
  EXPECT_EQ(limit(0), 250);
  EXPECT_TRUE(leases().empty());
}

}  // namespace
}  // namespace zeus::testing
