// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <thread>

#include "tests/temporary_folder.h"
#include "zeus/error.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

template <class Work>
std::string failure_of(Work work) {
  try {
    work();
  } catch (const ZeusFileError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::size_t files_in(const TemporaryFolder& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()),
                                                std::filesystem::directory_iterator()));
}

TEST(AtomicFile, writes_replaces_and_leaves_nothing_else) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "file", "first");
  write_file_atomically(folder / "file", "second");
  EXPECT_EQ(read_text(folder / "file"), "second");
  EXPECT_EQ(files_in(folder), 1U);
}

TEST(AtomicFile, a_failed_write_leaves_what_was_there) {
  const TemporaryFolder folder;
  // As long as a name may be: a temporary file beside it can't be made.
  const std::filesystem::path file = folder / std::string(255, 'f');
  write_text(file, "old");
  EXPECT_THROW(write_file_atomically(file, "new"), ZeusFileError);
  EXPECT_EQ(read_text(file), "old");
}

TEST(AtomicFile, a_symbolic_link_stays_and_what_it_stands_for_gets_the_text) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "shared");
  std::filesystem::create_symlink("shared/second", folder / "file");  // relative, and dangling
  std::filesystem::create_symlink(folder / "shared" / "real", folder / "shared" / "second");
  for (const std::string text : {"first", "second"}) {
    EXPECT_NO_THROW(require_writable(folder / "file"));
    write_file_atomically(folder / "file", text);
    EXPECT_TRUE(std::filesystem::is_symlink(folder / "file"));
    EXPECT_EQ(read_text(folder / "shared" / "real"), text);
    EXPECT_EQ(read_file_if_any(folder / "file"), text);
  }
  std::filesystem::create_symlink("missing/real", folder / "nowhere");
  EXPECT_THROW(write_file_atomically(folder / "nowhere", "text"), ZeusFileError);
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_THROW(write_file_atomically(folder / "loop", "text"), ZeusFileError);
}

TEST(AtomicFile, what_is_no_regular_file_is_refused_at_once) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  for (const std::filesystem::path& path : {folder / "fifo", std::filesystem::path("/dev/zero")}) {
    EXPECT_THAT(failure_of([&] { static_cast<void>(read_file_if_any(path)); }),
                HasSubstr("not a regular file"));
  }
  write_text(folder / "huge", "");
  std::filesystem::resize_file(folder / "huge", 65'000'000);  // a hole: it takes no space
  EXPECT_THAT(failure_of([&] { static_cast<void>(read_file_if_any(folder / "huge")); }),
              HasSubstr("too large (65 MB)"));
}

TEST(AtomicFile, what_is_no_regular_file_is_not_replaced) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/null", folder / "link");
  for (const char* name : {"fifo", "link"}) {
    EXPECT_THAT(failure_of([&] { write_file_atomically(folder / name, "text"); }),
                HasSubstr("not a regular file"));
    EXPECT_THAT(failure_of([&] { require_writable(folder / name); }),
                HasSubstr("not a regular file"));
  }
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "fifo"));
  EXPECT_EQ(files_in(folder), 2U);
}

TEST(AtomicFile, a_new_file_has_the_rights_that_the_user_gives_new_files) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(027);
  write_file_atomically(folder / "file", "text");
  ::umask(before);
  struct ::stat status {};
  ASSERT_EQ(::stat((folder / "file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST(AtomicFile, a_full_disk_is_named) {
  EXPECT_THAT(failure_of([] { require_writable("/proc/zeus/file"); }),
              AllOf(HasSubstr("/proc/zeus"), HasSubstr("does not exist")));
}

TEST(AtomicFile, a_reader_never_sees_half_a_file) {
  const TemporaryFolder folder;
  const std::string a(100000, 'a');
  const std::string b(100000, 'b');
  write_file_atomically(folder / "file", a);
  std::jthread writer([&](const std::stop_token& stop) {
    for (int i = 0; !stop.stop_requested(); ++i) {
      write_file_atomically(folder / "file", i % 2 == 0 ? b : a);
    }
  });
  for (int i = 0; i < 300; ++i) {
    const std::string seen = read_text(folder / "file");
    ASSERT_TRUE(seen == a || seen == b);
  }
}

TEST(AtomicFile, what_cannot_be_written_is_found_before) {
  const TemporaryFolder folder;
  EXPECT_NO_THROW(require_writable(folder / "file"));
  EXPECT_EQ(files_in(folder), 0U) << "the probe is gone";
  EXPECT_THAT(failure_of([&] { require_writable(folder / "missing" / "file"); }),
              AllOf(HasSubstr("missing"), HasSubstr("make it first")));
  EXPECT_THAT(failure_of([&] { require_writable(folder.path()); }), HasSubstr("directory"));
  EXPECT_THAT(failure_of([&] { require_writable(""); }), HasSubstr("directory"));
}

TEST(AtomicFile, reading_tells_missing_from_unreadable) {
  const TemporaryFolder folder;
  EXPECT_EQ(read_file_if_any(folder / "file"), std::nullopt);
  write_text(folder / "file", std::string("a\0b\n", 4));
  EXPECT_EQ(read_file_if_any(folder / "file"), std::string("a\0b\n", 4));
  EXPECT_THAT(failure_of([&] { static_cast<void>(read_file_if_any(folder.path())); }),
              HasSubstr("directory"));
  std::filesystem::create_symlink(folder / "loop", folder / "loop");
  EXPECT_THROW(static_cast<void>(read_file_if_any(folder / "loop")), ZeusFileError);
}

TEST(AtomicFile, removing_what_is_not_there_is_fine) {
  const TemporaryFolder folder;
  EXPECT_NO_THROW(remove_file_if_any(folder / "file"));
  write_text(folder / "file", "x");
  remove_file_if_any(folder / "file");
  EXPECT_EQ(files_in(folder), 0U);
}

}  // namespace
}  // namespace zeus::testing
