// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/policy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>

#include "tests/temporary_folder.h"
#include "zeus/error.h"

namespace zeus::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using zeus::testing::TemporaryFolder;
using zeus::testing::write_text;

Accounts accounts() {
  return {.user = [](const std::string& name) -> std::optional<unsigned> {
            return name == "alice" ? std::optional<unsigned>(1000) : std::nullopt;
          },
          .group = [](const std::string& name) -> std::optional<unsigned> {
            return name == "gpu" ? std::optional<unsigned>(50) : std::nullopt;
          }};
}

Policy parse(const std::string& text) { return parse_policy(text, "p.toml", accounts()); }

std::string refusal(const std::string& text) {
  try {
    static_cast<void>(parse(text));
  } catch (const ZeusFileError& error) {
    return error.what();
  }
  return "";
}

TEST(PolicyFileTest, everything_that_can_be_said_is_read) {
  const Policy policy = parse(R"(
dry_run = true
require_uuid = true

[leases]
heartbeat_s = 5
longest_s = 3600

[writes]
per_second = 2.5
burst = 10

[[gpu]]
power_limit_w = { min = 120.5 }

[[gpu]]
model = "Tesla V100"
power_limit_w = { min = 150, max = 250 }
graphics_clock_mhz = { max = 1380 }
memory_clock_mhz = { min = 800, max = 877 }

[[gpu]]
uuid = "GPU-1"
power_limit_w = { max = 200 }

[[allow]]
users = ["alice"]
groups = ["gpu"]
may = ["control", "persist"]

[[allow]]
users = ["*"]
may = ["control"]
)");
  EXPECT_TRUE(policy.dry_run);
  EXPECT_TRUE(policy.require_uuid);
  EXPECT_EQ(policy.leases.heartbeat, std::chrono::seconds(5));
  EXPECT_EQ(policy.leases.longest, std::chrono::hours(1));
  EXPECT_EQ(policy.writes, (WriteRateTerms{.per_second = 2.5, .burst = 10}));
  ASSERT_EQ(policy.gpus.size(), 3U);
  EXPECT_EQ(policy.gpus[0].bounds.power_limit_mw.floor, 120'500);
  EXPECT_EQ(policy.gpus[1].model, "Tesla V100");
  EXPECT_EQ(policy.gpus[1].bounds.power_limit_mw.ceiling, 250'000);
  EXPECT_EQ(policy.gpus[1].bounds.graphics_clock_mhz.ceiling, 1380);
  EXPECT_EQ(policy.gpus[1].bounds.memory_clock_mhz.floor, 800);
  EXPECT_EQ(policy.gpus[2].uuid, "GPU-1");
  EXPECT_EQ(policy.rights_of(1000, {}), (Rights{.control = true, .persist = true}));
  EXPECT_EQ(policy.rights_of(7, {}), (Rights{.control = true, .persist = false}));
}

TEST(PolicyFileTest, an_empty_file_is_the_usual_policy) {
  EXPECT_EQ(parse("").writes, WriteRateTerms{});
  EXPECT_EQ(parse("# nothing\n").leases, LeaseTerms{});
}

TEST(PolicyFileTest, what_is_wrong_is_refused_with_its_line) {
  const std::map<std::string, std::string> wrong{
      {"a = ", "'p.toml' line 1: "},
      {"\ndry_run = 1\n", "'p.toml' line 2: dry_run must be true or false"},
      {"\n[.[gpu]]\n", "'p.toml' line 2: "},
      {"# \"\n-.e\xc6\x9c\n", "'p.toml' line 2: a character beyond ASCII"},
      {"x = \"\\\"#\" # \xc3\xa4\n-.e\xc6\x9c", "line 2: a character beyond ASCII"},
      {"[[gpu]]\nmodel = 'A#' -.e\xc6\x9c", "line 2: a character beyond ASCII"},
      {"[[gpu]]\nmodel = \"\"\"A\n", "line 2: a string of several lines"},
      {"dry_runs = true", "line 1: there is no 'dry_runs' here"},
      {"[[gpu]]\npower_limit_w = { mix = 3 }", "line 2: there is no 'mix' here"},
      {"[[gpu]]\npower_limit_w = 150", "line 2: power_limit_w must be a table"},
      {"[[gpu]]\npower_limit_w = { min = 300, max = 200 }", "line 2: power_limit_w: min is more"},
      {"[[gpu]]\npower_limit_w = { min = -1 }", "line 2: min must be a number from 1"},
      {"[[gpu]]\npower_limit_w = { min = nan }", "line 2: min must be a number"},
      {"[[gpu]]\nuuid = \"a\"\nmodel = \"b\"", "given by its uuid or its model"},
      {"[gpu]\nuuid = \"a\"", "line 1: gpu must be a list: [[gpu]]"},
      {"[leases]\nheartbeat_s = 0", "line 2: heartbeat_s must be a number from 1"},
      {"[[allow]]\nmay = [\"control\"]", "neither users nor groups"},
      {"[[allow]]\nusers = [\"bob\"]", "line 2: there is no user 'bob' on this machine"},
      {"[[allow]]\ngroups = [\"*\"]", "line 2: there is no group '*'"},
      {"[[allow]]\nusers = [\"*\"]\nmay = [\"all\"]", "line 3: may has 'all'"},
      {"[[allow]]\nusers = \"alice\"", "line 2: users must be a list"},
  };
  for (const auto& [text, sentence] : wrong) {
    EXPECT_THAT(refusal(text), StartsWith("'p.toml' line ")) << text;
    EXPECT_THAT(refusal(text), HasSubstr(sentence)) << text;
  }
}

class PolicyFileOnDiskTest : public ::testing::Test {
 protected:
  PolicyFileOnDiskTest() { write(R"(dry_run = true)"); }

  void write(const std::string& text) const {
    write_text(file(), text);
    std::filesystem::permissions(file(), std::filesystem::perms(0644));
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "policy.toml"; }
  [[nodiscard]] std::string refusal() const {
    try {
      static_cast<void>(read_policy(file(), accounts()));
    } catch (const ZeusFileError& error) {
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder_;
};

TEST_F(PolicyFileOnDiskTest, a_file_that_only_its_owner_can_write_is_read) {
  EXPECT_TRUE(read_policy(file(), accounts()).dry_run);
}

TEST_F(PolicyFileOnDiskTest, one_that_others_can_write_or_replace_is_not_used) {
  for (const unsigned mode : {0664U, 0646U}) {
    std::filesystem::permissions(file(), std::filesystem::perms(mode));
    EXPECT_THAT(refusal(), HasSubstr("others can write to it")) << mode;
  }
  std::filesystem::permissions(file(), std::filesystem::perms(0644));
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0777));
  EXPECT_THAT(refusal(), HasSubstr("others can write to it"));
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(01777));
  EXPECT_EQ(refusal(), "") << "nobody can replace another's file in a sticky folder";
}

TEST_F(PolicyFileOnDiskTest, somebody_elses_file_is_not_used) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(file().c_str(), 12345, 12345), 0);
  EXPECT_THAT(refusal(), HasSubstr("belongs to user 12345"));
}

TEST_F(PolicyFileOnDiskTest, what_is_no_file_or_not_there_is_refused) {
  std::filesystem::remove(file());
  EXPECT_THAT(refusal(), HasSubstr("No such file"));
  write_text(folder_ / "other", "");
  std::filesystem::create_symlink(folder_ / "other", file());
  EXPECT_THAT(refusal(), HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace zeus::daemon
