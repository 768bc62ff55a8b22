// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/optimizer/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "zeus/error.h"

namespace zeus {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(std::string_view doing, const fs::path& path, int error) {
  throw ZeusFileError(fmt::format("cannot {} '{}': {}", doing, path.string(),
                                  std::generic_category().message(error)));
}

fs::path folder_of(const fs::path& path) {
  const fs::path folder = path.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

// Owns a file descriptor and the name under which it was made; both go at destruction.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target)
      : target_(target), path_(target.string() + fmt::format(".tmp.{}", ::getpid())) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
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

void write_file_atomically(const fs::path& path, std::string_view text) {
  const TemporaryFile file(path);
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
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  if (error) fail("read", path, error.value());
  if (status.type() == fs::file_type::directory) fail("read", path, EISDIR);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("read", path, errno != 0 ? errno : EIO);
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) fail("read", path, EIO);
  return std::move(text).str();
}

void remove_file_if_any(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) fail("remove", path, error.value());
}

}  // namespace zeus
