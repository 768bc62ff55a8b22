// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Files that somebody names: opened without blocking (a named pipe waits for its other end), and
// only then looked at, so that what was looked at is what is read.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

namespace zeus {

// The same open file under a number that stands for no standard stream: where these are closed,
// what the program prints must not land in a file. -1 and errno where it fails; `file` is closed
// then, and -1 stays -1.
[[nodiscard]] inline int above_standard_streams(int file) {
  if (file < 0 || file > STDERR_FILENO) return file;
  const int moved = ::fcntl(file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error_number = errno;
  ::close(file);
  errno = error_number;
  return moved;
}

// The whole file; nothing where there is none. Throws std::runtime_error whose text is the reason:
// what is not a regular file, or is larger, is refused at once.
[[nodiscard]] inline std::optional<std::string> read_regular_file(const std::filesystem::path& path,
                                                                  std::uintmax_t most_bytes) {
  const auto reason = [](int error_number) {
    return std::runtime_error(std::generic_category().message(error_number));
  };
  struct Owner {
    int file;
    ~Owner() {
      if (file >= 0) ::close(file);
    }
  };
  const Owner owner{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (owner.file < 0 && errno == ENOENT) return std::nullopt;
  if (owner.file < 0 && errno != ENXIO) throw reason(errno);
  struct stat status {};
  if (owner.file >= 0 && ::fstat(owner.file, &status) != 0) throw reason(errno);
  if (S_ISDIR(status.st_mode)) throw reason(EISDIR);
  if (!S_ISREG(status.st_mode)) throw std::runtime_error("it is not a regular file");
  const auto size = static_cast<std::uintmax_t>(status.st_size);
  if (size > most_bytes) {
    throw std::runtime_error("it is too large (" + std::to_string(size / 1'000'000) + " MB)");
  }
  std::string text;
  constexpr std::size_t kPiece = 65'536;
  while (text.size() <= most_bytes) {  // /proc says 0 of its files' sizes
    const std::size_t before = text.size();
    text.resize(before + kPiece);
    const ssize_t count = ::read(owner.file, text.data() + before, kPiece);
    text.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) throw reason(errno);
  }
  throw std::runtime_error("it is too large");
}

}  // namespace zeus
