// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the operator allows, in force.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/daemon/zeusd.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;

constexpr uid_t kNobody = 65534;

class ZeusdPolicyTest : public ZeusdTest {
 protected:
  void start_with(const std::string& text, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"--policy", policy(text)};
    words.insert(words.end(), more.begin(), more.end());
    start(words);
  }
  [[nodiscard]] int lines_of_log() const {
    const std::string log = zeusd_->log();
    int lines = 0;
    for (std::size_t at = 0; (at = log.find("\"what\"", at)) != std::string::npos; ++at) ++lines;
    return lines;
  }
};

TEST_F(ZeusdPolicyTest, a_value_out_of_its_range_is_403_with_the_range) {
  start_with("[[gpu]]\nuuid = \"" + uuid(0) +
             "\"\npower_limit_w = { min = 150, max = 200 }\n"
             "graphics_clock_mhz = { max = 1000 }\n");
  ClientProcess client(socket());
  const HttpAnswer answer = client.set_limit("0,1", 125000);
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.error_of("0"), HasSubstr("125 W is outside what the policy of this machine "
                                              "allows for GPU 0: 150 to 200 W"));
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(limit(1), 125) << "another GPU has no such range";
  EXPECT_EQ(client.set_limit("0", 150000).status, 200);
  EXPECT_EQ(client.set_limit("0", 200000).status, 200);
  EXPECT_EQ(client.set_limit("0", 200001).status, 403);
  const std::string lock = "/gpu/set_gpu_locked_clocks?block=true&gpu_ids=0&min_clock_mhz=135&";
  EXPECT_EQ(client.ask("POST", lock + "max_clock_mhz=1380").status, 403);
  EXPECT_EQ(client.ask("POST", lock + "max_clock_mhz=900").status, 200);
  client.kill();
  expect_limit(0, 250);  // above the ceiling, and it was there
}

TEST_F(ZeusdPolicyTest, who_may_not_is_refused_and_the_log_says_whom) {
  if (getuid() != 0) GTEST_SKIP() << "only root can be others";
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  start_with("[[allow]]\nusers = [\"daemon\"]\nmay = [\"control\"]\n",
             {"--socket-permissions", "666"});
  ClientProcess stranger(socket(), kNobody);
  const HttpAnswer answer = stranger.set_limit("0", 150000);
  EXPECT_EQ(answer.status, 403);
  EXPECT_THAT(answer.error(), HasSubstr("does not let user nobody change GPUs"));
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(stranger.ask("GET", "/gpu/get_power").status, 200);
  EXPECT_EQ(stranger.ask("POST", "/lease/acquire?gpu_ids=0").status, 403);
  ClientProcess friendly(socket(), 1);
  EXPECT_EQ(friendly.set_limit("0", 150000).status, 200);
  EXPECT_EQ(friendly.set_limit("0", 150000, "&persist=true").status, 403);
  const std::string log = zeusd_->log();
  EXPECT_THAT(log,
              HasSubstr("\"what\":\"set_power_limit\",\"user\":\"nobody\",\"uid\":65534,\"pid\":" +
                        std::to_string(stranger.pid()) + ",\"gpu\":\"" + uuid(0) +
                        "\",\"value\":\"150000 mW\",\"refused\":\"the policy"));
  EXPECT_THAT(log, HasSubstr("\"user\":\"daemon\",\"uid\":1,\"pid\":" +
                             std::to_string(friendly.pid()) + ",\"gpu\":\"" + uuid(0) +
                             "\",\"value\":\"150000 mW\",\"result\":\"requested 150000 mW, "
                             "enforced 150000 mW\""));
}

TEST_F(ZeusdPolicyTest, who_writes_too_often_is_429) {
  start_with("[writes]\nper_second = 0.001\nburst = 3\n");
  ClientProcess client(socket());
  EXPECT_EQ(client.set_limit("0", 150000).status, 200);
  EXPECT_EQ(client.set_limit("0,1", 160000).status, 200);
  EXPECT_EQ(client.set_limit("0", 170000).status, 429);
  EXPECT_EQ(limit(0), 160);
  EXPECT_EQ(client.ask("GET", "/gpu/get_power").status, 200);
  client.kill();
  expect_limit(0, 250);  // the daemon's own writes are not counted
}

TEST_F(ZeusdPolicyTest, who_is_refused_often_fills_no_audit_log) {
  start_with("[writes]\nper_second = 0.001\nburst = 3\n[[gpu]]\npower_limit_w = { min = 150 }\n");
  ClientProcess client(socket());
  for (int i = 0; i < 20; ++i) EXPECT_NE(client.set_limit("0", 125000).status, 200);
  EXPECT_EQ(lines_of_log(), 3);
  const std::string metrics = get("/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("\nzeusd_audit_unlogged_total 17\n"));
  EXPECT_THAT(metrics, HasSubstr("\nzeusd_writes_refused_total{reason=\"policy\"} 3\n"));
  EXPECT_THAT(metrics, HasSubstr("\nzeusd_writes_refused_total{reason=\"rate\"} 17\n"));
}

TEST_F(ZeusdPolicyTest, who_asks_for_no_change_often_fills_no_audit_log) {
  start_with("[writes]\nper_second = 0.001\nburst = 3\n");
  ClientProcess client(socket());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(client.ask("POST", "/lease/restore").status, 200);
    EXPECT_EQ(client.ask("POST", "/lease/release").body, R"({"released":0})");
  }
  EXPECT_EQ(lines_of_log(), 3);
  EXPECT_THAT(get("/metrics").body, HasSubstr("\nzeusd_audit_unlogged_total 17\n"));
  EXPECT_EQ(client.ask("POST", "/lease/acquire?gpu_ids=0").status, 200);
  EXPECT_EQ(client.ask("POST", "/lease/release").body, R"({"released":1})");
  EXPECT_THAT(zeusd_->log(), HasSubstr("\"what\":\"lease/acquire\""));
  EXPECT_THAT(zeusd_->log(), HasSubstr("\"result\":\"1 released\""));
}

TEST_F(ZeusdPolicyTest, refusals_are_counted_by_their_reason) {
  if (getuid() != 0) GTEST_SKIP() << "only root can be others";
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  start_with(
      "[writes]\nper_second = 0.001\nburst = 2\n[[allow]]\nusers = [\"daemon\"]\n"
      "may = [\"control\"]\n",
      {"--socket-permissions", "666"});
  ClientProcess stranger(socket(), kNobody);
  ClientProcess first(socket(), 1);
  ClientProcess root(socket());
  for (const char* const path : {"/lease/acquire?gpu_ids=0", "/lease/release", "/lease/restore",
                                 "/lease/heartbeat", "/lease/release?persist=true"}) {
    EXPECT_EQ(stranger.ask("POST", path).status, 403) << path;
  }
  EXPECT_EQ(first.ask("POST", "/lease/acquire?gpu_ids=0,1").status, 200);
  EXPECT_EQ(root.ask("POST", "/lease/acquire?gpu_ids=0,1").status, 409);
  EXPECT_EQ(first.ask("POST", "/lease/acquire?gpu_ids=0").status, 429);
  EXPECT_EQ(first.ask("POST", "/lease/acquire?gpu_ids=7").status, 400);
  EXPECT_EQ(root.ask("POST", "/lease/heartbeat").status, 404);
  EXPECT_EQ(first.set_limit("7", 150000).status, 400);
  EXPECT_EQ(stranger.set_limit("0", 150000).status, 403);
  const std::string metrics = get("/metrics").body;
  for (const char* const line :
       {"leases_refused_total{reason=\"policy\"} 5", "leases_refused_total{reason=\"lease\"} 1",
        "leases_refused_total{reason=\"rate\"} 1", "leases_refused_total{reason=\"request\"} 2",
        "writes_refused_total{reason=\"policy\"} 1",
        "writes_refused_total{reason=\"request\"} 1"}) {
    EXPECT_THAT(metrics, HasSubstr("\nzeusd_" + std::string(line) + "\n"));
  }
}

TEST_F(ZeusdPolicyTest, a_dry_run_checks_everything_and_writes_nothing) {
  start_with("dry_run = true\n[[gpu]]\npower_limit_w = { min = 150 }\n");
  ClientProcess client(socket());
  EXPECT_EQ(client.set_limit("0", 125000).status, 403);
  EXPECT_EQ(client.set_limit("0", 150000).body, R"({"0":{"dry_run":true}})");
  EXPECT_EQ(limit(0), 250);
  EXPECT_EQ(client.ask("POST", "/lease/acquire?gpu_ids=0").status, 200);
  EXPECT_TRUE(get("/lease").json()["leases"].empty());
}

TEST_F(ZeusdPolicyTest, where_uuids_are_required_an_index_is_refused) {
  start_with("require_uuid = true\n");
  ClientProcess client(socket());
  EXPECT_EQ(client.set_limit("0", 150000).status, 400);
  EXPECT_EQ(client.set_limit(uuid(0), 150000).status, 200);
}

TEST_F(ZeusdPolicyTest, a_policy_that_is_wrong_or_not_safe_keeps_the_daemon_from_starting) {
  for (const auto& [text, mode, sentence] :
       {std::tuple{"dry_run = true\nceiling = 3\n", 0644, "line 2: there is no 'ceiling' here"},
        std::tuple{"dry_run = \n", 0644, "line 1: "},
        std::tuple{"dry_run = true\n", 0666, "others can write to it"}}) {
    const std::string file = policy(text);
    std::filesystem::permissions(file, std::filesystem::perms(mode));
    Zeusd refused((folder_ / "other.sock").string(), {"--policy", file});
    EXPECT_FALSE(refused.is_serving());
    EXPECT_EQ(refused.wait(), 1);
    EXPECT_THAT(refused.log(), HasSubstr(sentence));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "other.sock"));
  }
}

TEST_F(ZeusdPolicyTest, a_reload_counts_and_a_bad_one_does_not) {
  start_with("[[gpu]]\npower_limit_w = { min = 150 }\n");
  ClientProcess client(socket());
  EXPECT_EQ(client.set_limit("0", 125000).status, 403);
  policy("[[gpu]]\npower_limit_w = { min = 120 }\n");
  zeusd_->hang_up();
  EXPECT_TRUE(comes_true([&] { return client.set_limit("0", 125000).status == 200; }));
  policy("[[gpu]]\npower_limit_w = { min = 100 }\nmix = 3\n");
  zeusd_->hang_up();
  EXPECT_TRUE(comes_true(
      [&] { return zeusd_->log().find("line 3: there is no 'mix' here") != std::string::npos; }));
  EXPECT_EQ(client.set_limit("0", 110000).status, 403);
  EXPECT_EQ(client.set_limit("0", 120000).status, 200);
}

}  // namespace
}  // namespace zeus::testing
