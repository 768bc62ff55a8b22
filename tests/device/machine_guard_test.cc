// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Who guards a machine's GPUs, and where the journal is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>

#include "tests/device/simulated_driver.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/guard/job_guard.h"
#include "zeus/guard/setting_guard.h"
#include "zeus/machine.h"

namespace zeus::testing {
namespace {

using ::testing::HasSubstr;

using MachineGuard = SimulatedDriver;

const JobGuard* guard_of(const Machine& machine) {
  return dynamic_cast<const JobGuard*>(guard_for(machine.gpus().front()).get());
}

TEST_F(MachineGuard, options_without_a_guard_have_the_environments) {
  const auto simulated = simulated_machine("{}");
  const TemporaryFolder folder;
  setenv("ZEUS_JOURNAL_DIR", folder.path().c_str(), 1);
  const Machine machine(MachineOptions{});
  EXPECT_EQ(machine.journal_folder(), folder.path());
  ASSERT_NE(guard_of(machine), nullptr);
  EXPECT_EQ(guard_of(machine)->journal().folder(), folder.path());
  const Machine unguarded(MachineOptions{.guard = GuardOptions{.is_off = true}});
  EXPECT_EQ(unguarded.journal_folder(), "");
  EXPECT_EQ(guard_of(unguarded), nullptr);
}

// Goes to a folder, and back.
class InFolder {
 public:
  explicit InFolder(const std::filesystem::path& folder) { std::filesystem::current_path(folder); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;
  ~InFolder() { std::filesystem::current_path(before_); }

 private:
  const std::filesystem::path before_ = std::filesystem::current_path();
};

TEST_F(MachineGuard, relative_paths_are_those_of_the_folder_that_the_program_was_in) {
  const auto simulated = simulated_machine("{}");
  const TemporaryFolder folder;
  std::optional<Machine> machine;
  setenv("ZEUS_JOURNAL_DIR", "journal", 1);
  setenv("ZEUS_GUARD", "bin/zeus-guard", 1);
  {
    const InFolder in_folder(folder.path());
    machine.emplace();
  }
  unsetenv("ZEUS_GUARD");
  EXPECT_EQ(machine->journal_folder(), folder / "journal");
  const VisibleGpu gpu = machine->gpus().front();
  const std::shared_ptr<SettingGuard> guard = guard_for(gpu);
  ASSERT_NE(guard, nullptr);
  guard->claim(gpu);
  EXPECT_TRUE(std::filesystem::exists(folder / "journal"));
  try {
    guard->arm({gpu}, /*is_required=*/true);
    FAIL() << "there is no such program";
  } catch (const ZeusBaseGPUError& error) {
    EXPECT_THAT(error.what(), HasSubstr((folder / "bin/zeus-guard").string()));
  }
  guard->release(gpu);
  set_setting_guard(nullptr);
}

TEST_F(MachineGuard, a_relative_path_in_a_folder_that_is_gone_is_no_error) {
  const auto simulated = simulated_machine("{}");
  auto gone = std::make_unique<TemporaryFolder>();
  const InFolder in_folder(gone->path());
  gone.reset();
  setenv("ZEUS_JOURNAL_DIR", "journal", 1);
  EXPECT_NO_THROW(static_cast<void>(Machine()));
  set_setting_guard(nullptr);
}

}  // namespace
}  // namespace zeus::testing
