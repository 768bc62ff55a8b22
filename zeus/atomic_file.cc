// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "zeus/error.h"
#include "zeus/regular_file.h"

namespace zeus {
namespace {

namespace fs = std::filesystem;

// Far more than anything that this library writes.
constexpr std::uintmax_t kMostBytes = 64'000'000;

[[noreturn]] void fail(std::string_view doing, const fs::path& path, int error) {
  throw ZeusFileError(fmt::format("cannot {} '{}': {}", doing, path.string(),
                                  std::generic_category().message(error)));
}

fs::path folder_of(const fs::path& path) {
  const fs::path folder = path.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

// The file that a symbolic link stands for, which need not be there yet: it gets the text, and the
// link stays.
fs::path followed(fs::path path) {
  constexpr int kMostLinks = 40;  // as many as Linux follows
  std::error_code ignored;
  for (int i = 0; fs::is_symlink(path, ignored); ++i) {
    if (i == kMostLinks) fail("write", path, ELOOP);
    // An absolute target replaces the folder.
    path = path.parent_path() / fs::read_symlink(path, ignored);
  }
  return path;
}

// A name that no other process has, in a container on the same volume either: not by process id.
std::string random_suffix() {
  std::random_device random;
  return fmt::format(".tmp.{:08x}", random());
}

// Owns a file descriptor and the name under which it was made; both go at destruction.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target, unsigned mode = 0666) : target_(followed(target)) {
    std::error_code none;
    const fs::file_status there = fs::status(target_, none);
    if (fs::exists(there) && !fs::is_regular_file(there)) {  // renaming would replace it
      throw ZeusFileError(
          fmt::format("cannot write '{}': it is not a regular file", target_.string()));
    }
    constexpr int kTries = 100;
    for (int i = 0; i < kTries && descriptor_ < 0; ++i) {
      path_ = target_.string() + random_suffix();
      descriptor_ = above_standard_streams(
          ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
      if (descriptor_ < 0 && errno != EEXIST) break;
    }
    if (descriptor_ < 0) fail("write", target_, errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail("write", target_, errno);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor_) != 0) fail("write", target_, errno);
  }

  void rename_to_target() const {
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail("write", target_, errno);
    // The rename itself must reach the disk too. Some file systems refuse to sync a folder; the
    // file is in place all the same.
    const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    ::fsync(folder);
    ::close(folder);
  }

 private:
  fs::path target_;
  fs::path path_;
  int descriptor_ = -1;
};

}  // namespace

void write_file_atomically(const fs::path& path, std::string_view text, unsigned mode) {
  const TemporaryFile file(path, mode);
  file.write(text);
  file.rename_to_target();
}

void require_writable(const fs::path& path) {
  std::error_code ignored;
  if (path.filename().empty() || fs::is_directory(path, ignored)) fail("write", path, EISDIR);
  if (!fs::is_directory(folder_of(path), ignored)) {
    throw ZeusFileError(
        fmt::format("cannot write '{}': its folder '{}' does not exist; make it first",
                    path.string(), folder_of(path).string()));
  }
  const TemporaryFile probe(path);
}

std::optional<std::string> read_file_if_any(const fs::path& path) {
  try {
    return read_regular_file(path, kMostBytes);
  } catch (const std::runtime_error& error) {
    throw ZeusFileError(fmt::format("cannot read '{}': {}", path.string(), error.what()));
  }
}

void remove_file_if_any(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) fail("remove", path, error.value());
}

}  // namespace zeus
