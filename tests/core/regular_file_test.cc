// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/regular_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/in_child.h"
#include "tests/temporary_folder.h"

namespace zeus {
namespace {

using zeus::testing::in_child;
using zeus::testing::TemporaryFolder;
using zeus::testing::write_text;

constexpr std::uintmax_t kMostBytes = 200'000;

std::string refusal(const std::filesystem::path& path) {
  try {
    return read_regular_file(path, kMostBytes) ? "was read" : "is not there";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(RegularFile, is_read_as_a_whole) {
  const TemporaryFolder folder;
  for (const std::size_t size : {0U, 1U, 65'536U, 200'000U}) {
    const std::string text(size, 'x');
    write_text(folder / "file", text);
    EXPECT_EQ(read_regular_file(folder / "file", kMostBytes), text);
  }
  EXPECT_EQ(read_regular_file(folder / "none", kMostBytes), std::nullopt);
  EXPECT_NE(read_regular_file("/proc/self/status", kMostBytes)->find("Umask"), std::string::npos);
}

TEST(RegularFile, others_are_refused_at_once) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(refusal(folder / "pipe"), "it is not a regular file");
  EXPECT_EQ(refusal("/dev/zero"), "it is not a regular file");
  EXPECT_EQ(refusal(folder.path()), "Is a directory");
  write_text(folder / "large", std::string(kMostBytes + 1, 'x'));
  EXPECT_EQ(refusal(folder / "large"), "it is too large (0 MB)");
}

TEST(RegularFile, gets_no_number_of_a_standard_stream_that_is_closed) {
  EXPECT_EQ(in_child([] {
              for (const int stream : {0, 1, 2}) {
                ::close(stream);
                const int file = above_standard_streams(::open("/dev/null", O_RDWR | O_CLOEXEC));
                if (file < 3 || (::fcntl(file, F_GETFD) & FD_CLOEXEC) == 0) return "no";
                if (::fcntl(stream, F_GETFD) != -1) return "the first is open still";
              }
              return "yes";
            }),
            "yes");
  EXPECT_EQ(above_standard_streams(-1), -1);
}

}  // namespace
}  // namespace zeus
