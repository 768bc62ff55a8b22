// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/setting_journal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): SIGXFSZ
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/in_child.h"
#include "tests/temporary_folder.h"
#include "zeus/error.h"
#include "zeus/guard/gpu_lock.h"

namespace zeus::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kText =
    "zeus power limit journal 1\n"
    "boot b7\n"
    "gpu GPU-1\n"
    "simulated 0\n"
    "pid 42\n"
    "start 7\n"
    "prior_mw 250000\n"
    "written_mw 187500\n"
    "before_mw 200000\n"
    "end\n";

KnobSetting at(double watts) { return {.power_limit = Watts(watts)}; }

JournalEntry entry(const std::string& uuid, double written) {
  SettingLedger ledger(at(250));
  ledger.end_write(at(written));
  return {.boot = "b7",
          .uuid = uuid,
          .is_simulated = false,
          .job = {.pid = 42, .start = 7},
          .ledger = ledger};
}

TEST(JournalEntry, is_read_as_it_was_written) {
  const auto read = parse_entry(kText);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->boot, "b7");
  EXPECT_EQ(read->uuid, "GPU-1");
  EXPECT_FALSE(read->is_simulated);
  EXPECT_EQ(read->job, (JobIdentity{.pid = 42, .start = 7}));
  EXPECT_EQ(read->ledger.prior(), at(250));
  EXPECT_EQ(read->ledger.written(), at(187.5));
  EXPECT_EQ(read->ledger.before(), at(200));
  EXPECT_EQ(to_text(*read), kText);
}

TEST(JournalEntry, that_is_torn_anywhere_or_changed_is_none) {
  const std::string text = kText;
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_entry(text.substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_entry(text + "\n"));
  for (const auto& [from, to] : {std::pair{"250000", "-1"},
                                 {"250000", "0"},
                                 {"250000", "25x"},
                                 {"journal 1", "journal 2"},
                                 {"pid 42", "pid 0"},
                                 {"250000", "99999999999999999999"},
                                 {"start", "begin"}}) {
    std::string changed = text;
    changed.replace(changed.find(from), std::string(from).size(), to);
    EXPECT_FALSE(parse_entry(changed)) << to;
  }
}

// What only a daemon writes.
TEST(JournalEntry, holds_clocks_persistence_mode_and_for_whom_they_were_set) {
  JournalEntry rare = entry("GPU-1", 187.5);
  rare.other = {
      .graphics_clocks_locked = true, .memory_clocks_locked = true, .prior_persistence = false};
  rare.lease = {.holder = {.pid = 99, .start = 8},
                .user = 1000,
                .end_ms = 123456,
                .is_asked_for = true,
                .until_disconnect = true};
  const std::string text = to_text(rare);
  const auto read = parse_entry(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->other, rare.other);
  EXPECT_EQ(read->lease, rare.lease);
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_entry(text.substr(0, size))) << size;
  }
  for (const auto& [from, to] : {std::pair{"prior_persistence 0", "prior_persistence 2"},
                                 {"lease_pid 99", "lease_pid 0"},
                                 {"lease_user 1000\n", ""},
                                 {"lease_asked_for 1", "lease_asked_for 2"},
                                 {"clocks_locked 1", "clocks_locked 0"}}) {
    std::string changed = text;
    changed.replace(changed.find(from), std::string(from).size(), to);
    EXPECT_FALSE(parse_entry(changed)) << to;
  }
}

TEST(JournalEntry, the_last_whole_line_that_was_appended_counts) {
  const std::string text = kText;
  const auto read = parse_entry(text + "now 150000 187500\nnow 160000 0\n");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->ledger.prior(), at(250));
  EXPECT_EQ(read->ledger.written(), at(160));
  EXPECT_FALSE(read->ledger.before());
  const auto torn = parse_entry(text + "now 150000 187500\nnow 1600");
  ASSERT_TRUE(torn);
  EXPECT_EQ(torn->ledger.written(), at(150)) << "a write that was announced in part was not begun";
  EXPECT_EQ(torn->ledger.before(), at(187.5));
  const auto settled = parse_entry(text + "now 0 0\n");
  ASSERT_TRUE(settled);
  EXPECT_FALSE(settled->ledger.written());
  for (const char* const wrong : {"now 1\n", "now 1 2 3\n", "now x 2\n", "later 1 2\n",
                                  "now 150000 99999999999999999999\n", "now 9999999999 0\n"}) {
    EXPECT_FALSE(parse_entry(text + wrong)) << wrong;
  }
}

TEST(SettingJournal, a_later_ledger_is_appended_to_an_entry_that_is_there) {
  const TemporaryFolder folder;
  const SettingJournal journal(folder / "zeus", "b7");
  journal.open();
  SettingLedger ledger(at(250));
  ledger.end_write(at(150));
  EXPECT_EQ(journal.map_entry("GPU-1"), nullptr) << "there is none";
  journal.write(entry("GPU-1", 187.5));
  const auto mapped = journal.map_entry("GPU-1");
  ASSERT_NE(mapped, nullptr);
  int appended = 0;
  while (mapped->append(ledger)) ++appended;
  EXPECT_GT(appended, 100);
  std::vector<std::string> troubles;
  const auto read = journal.read("GPU-1", troubles);
  ASSERT_TRUE(read);
  EXPECT_THAT(troubles, IsEmpty());
  EXPECT_EQ(read->ledger.written(), at(150));
  EXPECT_EQ(read->job, (JobIdentity{.pid = 42, .start = 7}));
}

TEST(SettingJournal, nothing_is_appended_to_an_entry_that_somebody_removed) {
  const TemporaryFolder folder;
  const SettingJournal journal(folder / "zeus", "b7");
  journal.open();
  journal.write(entry("GPU-1", 187.5));
  const auto mapped = journal.map_entry("GPU-1");
  ASSERT_NE(mapped, nullptr);
  EXPECT_TRUE(mapped->append(SettingLedger(at(250))));
  journal.remove("GPU-1");
  EXPECT_FALSE(mapped->append(SettingLedger(at(250)))) << "to be written anew";
}

TEST(JournalEntry, tells_a_process_from_a_later_one_with_its_number) {
  const auto self = identify(getpid());
  ASSERT_TRUE(self);
  EXPECT_GT(self->start, 0U);
  EXPECT_FALSE(identify(0));
}

TEST(SettingJournal, keeps_a_file_a_gpu_that_only_its_user_reads) {
  const TemporaryFolder folder;
  const SettingJournal journal(folder / "zeus", "b7");
  std::vector<std::string> troubles;
  EXPECT_THAT(journal.read_all(troubles), IsEmpty()) << "no folder yet";
  journal.open();
  journal.write(entry("GPU-2", 150));
  journal.write(entry("GPU-1", 150));
  journal.write(entry("GPU-1", 125));
  const auto all = journal.read_all(troubles);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].uuid, "GPU-1");
  EXPECT_EQ(all[0].ledger.written(), at(125));
  struct stat info {};
  ASSERT_EQ(stat((folder / "zeus/GPU-1.limit").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  journal.remove("GPU-1");
  journal.remove("GPU-1");
  EXPECT_FALSE(journal.read("GPU-1", troubles));
  EXPECT_THAT(troubles, IsEmpty());
}

TEST(SettingJournal, an_entry_of_an_earlier_boot_is_void_and_goes_with_what_killed_writers_left) {
  const TemporaryFolder folder;
  SettingJournal(folder.path(), "b7").write(entry("GPU-1", 150));
  write_text(folder / "GPU-1.limit.tmp.0123abcd", "torn");
  write_text(folder / "GPU-2.limit.tmp.0123abcd", "of another GPU");
  const SettingJournal journal(folder.path(), "b8");
  std::vector<std::string> troubles;
  EXPECT_FALSE(journal.read("GPU-1", troubles));
  EXPECT_THAT(troubles, IsEmpty());
  EXPECT_THAT(journal.uuids(), ::testing::ElementsAre("GPU-1", "GPU-2"));
  journal.remove_leftovers("GPU-1");
  EXPECT_THAT(journal.uuids(), ::testing::ElementsAre("GPU-2"));
}

TEST(SettingJournal, what_is_damaged_is_set_aside_and_told_but_never_deleted) {
  const TemporaryFolder folder;
  const SettingJournal journal(folder.path(), "b7");
  const auto damage = [&](const std::string& text) {
    write_text(folder / "GPU-1.limit", text);
    chmod((folder / "GPU-1.limit").c_str(), 0600);
    std::vector<std::string> troubles;
    EXPECT_FALSE(journal.read("GPU-1", troubles));
    EXPECT_THAT(troubles, ElementsAre(HasSubstr("GPU-1.limit.damaged")));
    EXPECT_EQ(read_text(folder / "GPU-1.limit.damaged"), text);
  };
  damage("");
  damage("zeus power limit journal 1\nboot");
  damage(to_text(entry("GPU-2", 150)));  // another GPU's
  damage(std::string(100'000, 'x'));
}

TEST(SettingJournal, a_file_that_others_could_have_written_is_not_trusted) {
  const TemporaryFolder folder;
  const SettingJournal journal(folder.path(), "b7");
  journal.write(entry("GPU-1", 150));
  chmod((folder / "GPU-1.limit").c_str(), 0666);
  std::vector<std::string> troubles;
  EXPECT_FALSE(journal.read("GPU-1", troubles));
  journal.write(entry("GPU-2", 150));
  std::filesystem::rename(folder / "GPU-2.limit", folder / "real");
  std::filesystem::create_symlink(folder / "real", folder / "GPU-2.limit");
  EXPECT_FALSE(journal.read("GPU-2", troubles));
  EXPECT_EQ(troubles.size(), 2U);
}

TEST(SettingJournal, a_folder_that_others_can_write_to_or_a_link_is_refused) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "open");
  chmod((folder / "open").c_str(), 0777);
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_symlink(folder / "real", folder / "link");
  write_text(folder / "file", "");
  std::vector<std::string> troubles;
  for (const char* name : {"open", "link", "file"}) {
    const SettingJournal journal(folder / name, "b7");
    EXPECT_THROW(journal.open(), ZeusFileError) << name;
    EXPECT_THROW(static_cast<void>(journal.read_all(troubles)), ZeusFileError) << name;
  }
}

TEST(SettingJournal, a_uuid_is_no_path) {
  const TemporaryFolder folder;
  const SettingJournal journal(folder.path(), "b7");
  for (const char* uuid : {"", "../GPU-1", "a/b", ".hidden"}) {
    EXPECT_THROW(journal.write(entry(uuid, 150)), ZeusFileError) << uuid;
  }
}

TEST(SettingJournal, on_a_full_disk_what_was_there_stays) {
  const TemporaryFolder folder;
  const SettingJournal journal(folder.path(), "b7");
  journal.write(entry("GPU-1", 150));
  EXPECT_EQ(in_child([&]() -> std::string {
              ::signal(SIGXFSZ, SIG_IGN);
              const rlimit none{.rlim_cur = 20, .rlim_max = 20};
              setrlimit(RLIMIT_FSIZE, &none);
              journal.write(entry("GPU-1", 125));
              return "written";
            }).substr(0, 7),
            "threw: ");
  std::vector<std::string> troubles;
  const auto kept = journal.read("GPU-1", troubles);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->ledger.written(), at(150));
}

TEST(SettingJournal, without_a_folder_makes_no_file_where_the_program_happens_to_be) {
  const SettingJournal journal("", "b7");
  EXPECT_THROW((void)journal.lock_file("GPU-1"), ZeusFileError);
  EXPECT_THROW(journal.write(entry("GPU-1", 150)), ZeusFileError);
}

TEST(SettingJournal, in_a_folder_that_cant_be_made_says_so) {
  const SettingJournal journal("/proc/zeus", "b7");
  EXPECT_THROW(journal.open(), ZeusFileError);
}

TEST(GpuLock, is_one_processs_and_ends_with_it) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "GPU-1.lock";
  const auto lock = GpuLock::open(file);
  ASSERT_TRUE(lock->try_lock(GpuLock::Part::kJob));
  EXPECT_FALSE(lock->try_lock(GpuLock::Part::kJob)) << "another part of this process";
  EXPECT_EQ(in_child([&] {
              const auto other = GpuLock::open(file);
              const bool got = other->try_lock(GpuLock::Part::kJob);
              return std::to_string(got) + " " +
                     std::to_string(other->other_holder(GpuLock::Part::kJob).value_or(-1)) + " " +
                     std::to_string(other->try_lock(GpuLock::Part::kGuard));
            }),
            "0 " + std::to_string(getpid()) + " 1");
  EXPECT_FALSE(lock->other_holder(GpuLock::Part::kGuard)) << "the child has ended";
}

TEST(GpuLock, is_not_dropped_by_another_user_of_the_file_in_this_process) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "GPU-1.lock";
  const auto lock = GpuLock::open(file);
  ASSERT_TRUE(lock->try_lock(GpuLock::Part::kJob));
  GpuLock::open(file).reset();
  EXPECT_EQ(
      in_child([&] { return std::to_string(GpuLock::open(file)->try_lock(GpuLock::Part::kJob)); }),
      "0");
}

}  // namespace
}  // namespace zeus::testing
