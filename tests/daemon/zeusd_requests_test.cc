// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Every row of the interface (docs/zeusd.md), as a client sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <thread>

#include "simulator/api/simulator.h"
#include "tests/daemon/zeusd.h"
#include "zeus/device/gpu_controls.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ZeusdRequestsTest : public ZeusdTest {
 protected:
  ZeusdRequestsTest() { start(); }
};

TEST_F(ZeusdRequestsTest, discover_tells_what_there_is) {
  const auto found = get("/discover").json();
  ASSERT_EQ(found["gpus"].size(), 2U);
  EXPECT_EQ(found["gpus"][1]["id"], 1);
  EXPECT_EQ(found["gpus"][1]["uuid"], uuid(1));
  EXPECT_EQ(found["gpus"][1]["name"], gpu(1)->info().name);
  EXPECT_EQ(found["gpus"][1]["pci_address"], gpu(1)->info().pci_address);
  EXPECT_EQ(found["gpus"][1]["cumulative_energy_available"], true);
  EXPECT_EQ(found["enabled_api_groups"], nlohmann::json({"gpu-control", "gpu-read", "cpu-read"}));
  EXPECT_EQ(found["auth_required"], false);
  EXPECT_EQ(get("/auth/whoami").status, 404);
  EXPECT_GT(get("/time").json()["timestamp_ms"], 1'700'000'000'000);
}

TEST_F(ZeusdRequestsTest, gpus_are_read_by_index_by_uuid_or_all) {
  EXPECT_EQ(
      get("/gpu/get_power_limit").json(),
      nlohmann::json({{"0", {{"power_limit_mw", 250000}}}, {"1", {{"power_limit_mw", 250000}}}}));
  EXPECT_EQ(get("/gpu/get_power_limit?gpu_ids=1").json().size(), 1U);
  EXPECT_EQ(get("/gpu/get_power_limit?gpu_ids=" + uuid(1)).json()[uuid(1)]["power_limit_mw"],
            250000);
  const auto range = get("/gpu/get_power_limit_constraints?gpu_ids=0").json()["0"];
  EXPECT_EQ(range["min_power_limit_mw"], 100000);
  EXPECT_EQ(range["max_power_limit_mw"], 250000);
  EXPECT_EQ(get("/gpu/get_persistence_mode?gpu_ids=0").json()["0"]["enabled"], true);
  EXPECT_GE(get("/gpu/get_cumulative_energy?gpu_ids=0").json()["0"]["energy_mj"], 0);
  const auto power = get("/gpu/get_power").json();
  EXPECT_GT(power["power_mw"]["1"], 1000);
  EXPECT_GT(power["timestamp_ms"], 1'700'000'000'000);
}

TEST_F(ZeusdRequestsTest, a_gpu_that_is_not_there_or_not_clear_is_400) {
  EXPECT_EQ(get("/gpu/get_power?gpu_ids=2").status, 400);
  EXPECT_THAT(get("/gpu/get_power?gpu_ids=2").error(), HasSubstr("no GPU '2'"));
  EXPECT_EQ(get("/gpu/get_power?gpu_ids=GPU-nothing").status, 400);
  EXPECT_THAT(get("/gpu/get_power?gpu_ids=0," + uuid(0)).error(), HasSubstr("twice"));
  EXPECT_EQ(get("/gpu/get_power?gpu_ids=-1").status, 400);
}

TEST_F(ZeusdRequestsTest, a_limit_is_set_read_back_and_told) {
  ClientProcess client(socket());
  const HttpAnswer answer = client.set_limit("0", 150000);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json()["0"]["power_limit_mw"], 150000);
  EXPECT_EQ(answer.json()["0"]["enforced_power_limit_mw"], 150000);
  EXPECT_EQ(limit(0), 150);
  EXPECT_EQ(limit(1), 250);
  EXPECT_EQ(client.set_limit(uuid(1) + ",0", 175000).status, 200);
  EXPECT_EQ(limit(0), 175);
  EXPECT_EQ(limit(1), 175);
}

TEST_F(ZeusdRequestsTest, a_limit_that_the_gpu_cannot_have_is_400_with_the_range) {
  ClientProcess client(socket());
  const HttpAnswer answer = client.set_limit("0", 50000);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.error_of("0"), HasSubstr("100 to 250 W, not to 50 W"));
  EXPECT_EQ(get("/lease").json()["leases"].size(), 0U) << "a failed write holds nothing";
}

TEST_F(ZeusdRequestsTest, without_block_the_answer_is_at_once_and_the_last_change_counts) {
  ClientProcess client(socket());
  for (const char* const watts : {"150000", "160000", "170000"}) {
    EXPECT_EQ(client
                  .ask("POST", std::string("/gpu/set_power_limit?block=false&gpu_ids=0"
                                           "&power_limit_mw=") +
                                   watts)
                  .status,
              200);
  }
  EXPECT_EQ(client.set_limit("0", 180000).status, 200);
  EXPECT_EQ(limit(0), 180) << "an earlier change came later";
  EXPECT_EQ(
      client.ask("POST", "/gpu/set_power_limit?block=false&gpu_ids=0&power_limit_mw=190000").status,
      200);
  expect_limit(0, 190);
}

TEST_F(ZeusdRequestsTest, clocks_are_locked_and_unlocked_when_the_client_ends) {
  make(1, R"({"gpus": [{"model": "A40"}]})");  // a V100's memory clock can't be locked
  start();
  // The clock shows what it may be only while the GPU works.
  const std::jthread work([](const std::stop_token& stop) {
    while (!stop.stop_requested()) simulator::step(0U);
  });
  const auto clock = [this] { return gpu(0)->clock().value_or(MegaHertz(0)).value(); };
  ASSERT_TRUE(comes_true([&] { return clock() > 300; }));
  {
    ClientProcess client(socket());
    for (const char* const what : {"gpu", "mem"}) {
      const HttpAnswer answer =
          client.ask("POST", std::string("/gpu/set_") + what +
                                 "_locked_clocks?block=true&gpu_ids=0&min_clock_mhz=210&"
                                 "max_clock_mhz=210");
      EXPECT_EQ(answer.status, 200) << answer.body;
    }
    const auto lease = get("/lease").json()["leases"][0];
    EXPECT_EQ(lease["graphics_clocks_locked"], true);
    EXPECT_EQ(lease["memory_clocks_locked"], true);
    EXPECT_EQ(client.ask("POST", "/gpu/reset_gpu_locked_clocks?block=true&gpu_ids=0").status, 200);
    EXPECT_EQ(get("/lease").json()["leases"][0]["graphics_clocks_locked"], false);
    EXPECT_EQ(client.ask("POST", "/gpu/reset_mem_locked_clocks?block=true&gpu_ids=0").status, 200);
    EXPECT_EQ(get("/lease").json()["leases"].size(), 0U) << "all is as before";
    EXPECT_EQ(client
                  .ask("POST",
                       "/gpu/set_gpu_locked_clocks?block=true&gpu_ids=0&min_clock_mhz=1380&"
                       "max_clock_mhz=135")
                  .status,
              400);
    EXPECT_EQ(client
                  .ask("POST",
                       "/gpu/set_gpu_locked_clocks?block=true&gpu_ids=0&min_clock_mhz=210&"
                       "max_clock_mhz=210")
                  .status,
              200);
    EXPECT_EQ(journal_entries(), 1U);
    ASSERT_TRUE(comes_true([&] { return clock() <= 210; }));
  }
  EXPECT_TRUE(comes_true([this] { return journal_entries() == 0; })) << "unlocked";
  EXPECT_TRUE(comes_true([&] { return clock() > 300; }));
}

TEST_F(ZeusdRequestsTest, a_lock_that_is_not_the_clients_is_not_its_to_unlock) {
  if (getuid() != 0) GTEST_SKIP() << "only root can be several users";
  make(1, R"({"gpus": [{"model": "A40"}]})");
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  start({"--socket-permissions", "666"});
  const std::jthread work([](const std::stop_token& stop) {
    while (!stop.stop_requested()) simulator::step(0U);
  });
  const auto clock = [this] { return gpu(0)->clock().value_or(MegaHertz(0)).value(); };
  gpu(0)->controls().lock_graphics_clocks(210, 210);
  ASSERT_TRUE(comes_true([&] { return clock() == 210; }));
  constexpr uid_t kMember = 1234;
  ClientProcess member(socket(), kMember);
  for (const char* const what : {"gpu_", "mem_", ""}) {
    EXPECT_EQ(
        member.ask("POST", std::string("/gpu/reset_") + what + "locked_clocks?block=true&gpu_ids=0")
            .status,
        200);
  }
  EXPECT_FALSE(comes_true([&] { return clock() > 210; }, std::chrono::milliseconds(300)));
  EXPECT_THAT(zeusd_->log(), HasSubstr("this lease has locked none"));
  ClientProcess root(socket());
  EXPECT_EQ(root.ask("POST", "/gpu/reset_gpu_locked_clocks?block=true&gpu_ids=0").status, 200);
  EXPECT_TRUE(comes_true([&] { return clock() > 210; }));
}

TEST_F(ZeusdRequestsTest, a_read_that_hangs_keeps_the_daemon_from_no_end) {
  make(1, R"({"faults": [{"function": "nvmlDeviceGetPersistenceMode", "gpu": 0, "hangs": true}]})");
  start();
  HttpConnection stuck(socket());
  stuck.send("GET /gpu/get_persistence_mode?gpu_ids=0 HTTP/1.1\r\nHost: l\r\n\r\n");
  ASSERT_FALSE(stuck.is_ended(std::chrono::milliseconds(300)));
  ASSERT_EQ(::kill(zeusd_->pid(), SIGTERM), 0);
  ASSERT_TRUE(stuck.is_ended());
  EXPECT_EQ(zeusd_->wait(), 0);
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(ZeusdRequestsTest, persistence_mode_comes_back_when_the_client_ends) {
  {
    ClientProcess client(socket());
    const HttpAnswer answer =
        client.ask("POST", "/gpu/set_persistence_mode?block=true&gpu_ids=0&enabled=false");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(get("/gpu/get_persistence_mode?gpu_ids=0").json()["0"]["enabled"], false);
  }
  EXPECT_TRUE(comes_true([this] { return gpu(0)->controls().persistence_mode(); }));
}

TEST_F(ZeusdRequestsTest, a_stream_goes_on_while_somebody_listens_and_costs_nothing_after) {
  {
    HttpConnection connection(socket());
    connection.send("GET /gpu/stream_power?gpu_ids=1 HTTP/1.1\r\nHost: l\r\n\r\n");
    std::string text = connection.read_until("\"gpu_id\":1");
    EXPECT_THAT(text, HasSubstr("Content-Type: text/event-stream"));
    EXPECT_THAT(text, HasSubstr("data: {\"timestamp_ms\":"));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("\"gpu_id\":0")));
    EXPECT_THAT(get("/metrics").body, HasSubstr("\nzeusd_streams 1\n"));
  }
  EXPECT_TRUE(comes_true(
      [this] { return get("/metrics").body.find("\nzeusd_streams 0\n") != std::string::npos; }));
}

TEST_F(ZeusdRequestsTest, metrics_are_in_base_units) {
  const HttpAnswer answer = get("/metrics");
  EXPECT_THAT(answer.head, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(answer.body, HasSubstr("zeus_gpu_power_limit_watts{gpu=\"0\",uuid=\"" + uuid(0) +
                                     "\",model=\"" + gpu(0)->info().name + "\"} 250\n"));
  EXPECT_THAT(answer.body, HasSubstr("# TYPE zeus_gpu_energy_joules_total counter\n"));
}

TEST_F(ZeusdRequestsTest, a_driver_that_fails_is_500_and_one_that_does_nothing_too) {
  make(2, R"({"faults": [{"function": "nvmlDeviceSetPowerManagementLimit", "gpu": 0, "code": 999},
                         {"function": "nvmlDeviceSetPowerManagementLimit", "gpu": 1,
                          "ignored": true}]})");
  start();
  ClientProcess client(socket());
  const HttpAnswer answer = client.set_limit("0,1", 150000);
  EXPECT_EQ(answer.status, 500);
  EXPECT_NE(answer.error_of("0"), "");
  EXPECT_THAT(answer.error_of("1"), HasSubstr("but it is 250 W as before"));
}

TEST_F(ZeusdRequestsTest, no_permission_is_403_and_no_counter_400) {
  make(2, R"({"gpus": [{"model": "V100", "writable": false},
                       {"model": "V100", "energy_counter": false}]})");
  start();
  ClientProcess client(socket());
  EXPECT_EQ(client.set_limit("0", 150000).status, 403);
  EXPECT_EQ(get("/gpu/get_cumulative_energy").status, 400);
  EXPECT_EQ(get("/gpu/get_cumulative_energy?gpu_ids=0").status, 200);
  EXPECT_EQ(get("/discover").json()["gpus"][1]["cumulative_energy_available"], false);
}

TEST_F(ZeusdRequestsTest, a_driver_that_hangs_for_one_gpu_keeps_no_other_waiting) {
  make(2, R"({"faults": [{"function": "nvmlDeviceSetPowerManagementLimit", "gpu": 0,
                          "hangs": true}]})");
  start();
  HttpConnection stuck(socket());
  stuck.send(
      "POST /gpu/set_power_limit?block=true&gpu_ids=0&power_limit_mw=150000 HTTP/1.1\r\n"
      "Host: l\r\nContent-Length: 0\r\n\r\n");
  ClientProcess client(socket());
  EXPECT_EQ(client.set_limit("1", 150000).status, 200);
  EXPECT_EQ(get("/gpu/get_power?gpu_ids=0").status, 200);
  client.kill();
  expect_limit(1, 250);
}

TEST_F(ZeusdRequestsTest, groups_that_are_off_are_404) {
  start({"--enable", "gpu-read"});
  ClientProcess client(socket());
  EXPECT_EQ(client.set_limit("0", 150000).status, 404);
  EXPECT_EQ(get("/cpu/get_power").status, 404);
  EXPECT_EQ(get("/gpu/get_power").status, 200);
  EXPECT_EQ(get("/discover").json()["enabled_api_groups"], nlohmann::json({"gpu-read"}));
}

}  // namespace
}  // namespace zeus::testing
