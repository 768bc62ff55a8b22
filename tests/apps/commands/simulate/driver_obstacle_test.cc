// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <endian.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tests/apps/zeus_program.h"
#include "tests/paths.h"
#include "tests/temporary_folder.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Outcome simulate(const std::vector<std::string>& command) {
  std::vector<std::string> arguments{"simulate", "--quiet", "--"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return run_zeus(arguments);
}

// A program that another user has lent their rights to.
class OtherRights : public ::testing::Test {
 protected:
  void SetUp() override {
    struct statvfs system {};
    statvfs(folder_.path().c_str(), &system);
    if (getuid() != 0 || (system.f_flag & ST_NOSUID) != 0) {
      GTEST_SKIP() << "no right to make such a program here";
    }
    std::filesystem::copy_file("/usr/bin/printenv", program());
  }

  void give(mode_t mode, uid_t user, gid_t group) const {
    ASSERT_EQ(chown(program().c_str(), user, group), 0);
    ASSERT_EQ(chmod(program().c_str(), mode), 0);
  }

  [[nodiscard]] std::string program() const { return folder_ / "printenv"; }

  static constexpr unsigned kSomebody = 65534;
  TemporaryFolder folder_;
};

TEST_F(OtherRights, of_a_user_are_told_before_the_program_runs) {
  give(04755, kSomebody, 0);
  const Outcome outcome = simulate({program(), "PATH"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "zeus: warning: " + program() +
                             " runs with more rights than yours (set-user-ID), so the system does "
                             "not let it load another driver: it will not see the simulated "
                             "GPUs\n");
  // It is so: the loader has taken the variable away.
  EXPECT_EQ(simulate({program(), "LD_LIBRARY_PATH"}).status, 1);
}

TEST_F(OtherRights, of_a_group_are_told) {
  give(02755, 0, kSomebody);
  EXPECT_THAT(simulate({program(), "PATH"}).err, HasSubstr("(set-group-ID)"));
}

TEST_F(OtherRights, of_a_scripts_interpreter_are_told) {
  give(04755, kSomebody, 0);
  const std::string script = folder_ / "script";
  write_text(script, "#!" + program() + " PATH\n");
  ASSERT_EQ(chmod(script.c_str(), 0755), 0);
  EXPECT_THAT(simulate({script}).err, AllOf(HasSubstr(program()), HasSubstr("(set-user-ID)")));
}

TEST_F(OtherRights, that_are_ones_own_are_no_obstacle) {
  give(06755, 0, 0);
  const Outcome outcome = simulate({program(), "LD_LIBRARY_PATH"});
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out, HasSubstr(ZEUS_SIMULATOR_DIR));
}

// What setcap(8) writes: the first capabilities of a file, and whether they are effective at once.
struct Capabilities {
  unsigned permitted = 0;
  unsigned inheritable = 0;
  bool effective = false;
};

// A program with file capabilities, which another user than root runs.
class FileCapabilities : public OtherRights {
 protected:
  void SetUp() override {
    OtherRights::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
    if (run_zeus({"--version"}, somebody()).status == 127) {
      GTEST_SKIP() << "another user than root can't run " << ZEUS_COMMAND;
    }
    if (const int error = give({.permitted = kRaw}); error != 0) {
      GTEST_SKIP() << "no file capabilities in " << folder_.path() << ": " << std::strerror(error);
    }
  }

  [[nodiscard]] int give(const Capabilities& capabilities) const {
    vfs_cap_data data{};
    data.magic_etc =
        htole32(VFS_CAP_REVISION_2 | (capabilities.effective ? VFS_CAP_FLAGS_EFFECTIVE : 0U));
    data.data[0] = {htole32(capabilities.permitted), htole32(capabilities.inheritable)};
    return setxattr(program().c_str(), "security.capability", &data, sizeof(data), 0) == 0 ? 0
                                                                                           : errno;
  }

  static RunOptions somebody() {
    RunOptions options;
    options.user = kSomebody;
    return options;
  }

  // What somebody reads, which must agree with what the loader does: it takes the driver's folder
  // away from a program with more rights.
  void expect_obstacle(bool expected, const RunOptions& options) const {
    const Outcome outcome =
        run_zeus({"simulate", "--quiet", "--", program(), "LD_LIBRARY_PATH"}, options);
    EXPECT_EQ(outcome.status, expected ? 1 : 0);
    EXPECT_EQ(outcome.err, expected ? "zeus: warning: " + program() +
                                          " runs with more rights than yours (file capabilities), "
                                          "so the system does not let it load another driver: it "
                                          "will not see the simulated GPUs\n"
                                    : "");
  }

  static constexpr unsigned kRaw = 1U << CAP_NET_RAW;
};

TEST_F(FileCapabilities, are_told_before_the_program_runs) {
  expect_obstacle(true, somebody());
  ASSERT_EQ(give({.permitted = kRaw, .effective = true}), 0);
  expect_obstacle(true, somebody());
}

TEST_F(FileCapabilities, that_can_only_be_inherited_are_no_obstacle) {
  ASSERT_EQ(give({.inheritable = kRaw}), 0);
  expect_obstacle(false, somebody());
}

TEST_F(FileCapabilities, are_no_obstacle_to_root_who_has_them) {
  ASSERT_EQ(give({.permitted = kRaw, .effective = true}), 0);
  expect_obstacle(false, {});
}

TEST_F(FileCapabilities, that_are_effective_at_once_are_an_obstacle_also_without_new_rights) {
  RunOptions options = somebody();
  options.no_new_rights = true;
  expect_obstacle(false, options);
  ASSERT_EQ(give({.permitted = kRaw, .effective = true}), 0);
  expect_obstacle(true, options);
}

TEST(StaticProgram, is_told_to_load_no_driver) {
  const std::string program = "/sbin/ldconfig";
  if (!std::filesystem::exists(program)) GTEST_SKIP() << "no static program here";
  const Outcome outcome = simulate({program, "--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, StartsWith("ldconfig"));
  EXPECT_EQ(outcome.err, "zeus: warning: " + program +
                             " is statically linked, so it loads no driver: it will not see the "
                             "simulated GPUs\n");
}

TEST(UsualProgram, gets_no_warning) {
  const TemporaryFolder folder;
  write_text(folder / "script", "#!/bin/sh\necho it ran\n");
  ASSERT_EQ(chmod((folder / "script").c_str(), 0755), 0);
  for (const std::string& program :
       {std::string("true"), std::string("/bin/true"), (folder / "script").string()}) {
    EXPECT_THAT(simulate({program}).err, IsEmpty()) << program;
  }
}

}  // namespace
}  // namespace zeus::testing
