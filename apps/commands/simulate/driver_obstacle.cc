// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/commands/simulate/driver_obstacle.h"

#include <elf.h>
#include <endian.h>
#include <fcntl.h>
#include <link.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string_view>
#include <vector>

namespace zeus::apps {
namespace {

// As execvp(3) looks for it; empty where there is none.
std::string resolved(const std::string& command) {
  if (command.find('/') != std::string::npos) return command;
  const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
  std::istringstream folders(path != nullptr ? path : "/bin:/usr/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string file = (folder.empty() ? "." : folder) + "/" + command;
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

// The first bytes of a file, which say what kind of file it is. Never blocks.
class Beginning {
 public:
  explicit Beginning(const std::string& file)
      : file_(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status {};
    if (file_ < 0 || fstat(file_, &status) != 0 || !S_ISREG(status.st_mode)) return;
    const ssize_t count = pread(file_, bytes_.data(), bytes_.size(), 0);
    if (count > 0) size_ = static_cast<std::size_t>(count);
  }
  Beginning(const Beginning&) = delete;
  Beginning& operator=(const Beginning&) = delete;
  ~Beginning() {
    if (file_ >= 0) close(file_);
  }

  [[nodiscard]] std::string_view text() const { return {bytes_.data(), size_}; }

  template <class Part>
  [[nodiscard]] bool read(Part& part, std::size_t at) const {
    return file_ >= 0 && pread(file_, &part, sizeof(part), static_cast<off_t>(at)) ==
                             static_cast<ssize_t>(sizeof(part));
  }

 private:
  const int file_;
  std::array<char, 256> bytes_{};
  std::size_t size_ = 0;
};

// Of "#!/bin/sh -e".
std::optional<std::string> interpreter_of(const std::string& file) {
  const Beginning beginning(file);
  std::string_view line = beginning.text();
  if (!line.starts_with("#!")) return std::nullopt;
  line = line.substr(2, line.find('\n') - 2);
  std::istringstream words{std::string(line)};
  std::string interpreter;
  words >> interpreter;
  return interpreter;
}

// Whether Linux takes a program with these file capabilities for one with more rights than its
// user's (capabilities(7)). Those that can only be inherited add nothing. The effective bit counts
// even where the process is to get no new rights.
bool has_telling_capabilities(const std::string& file, bool gets_new_rights) {
  vfs_ns_cap_data data{};
  const ssize_t size = getxattr(file.c_str(), "security.capability", &data, sizeof(data));
  if (size < static_cast<ssize_t>(XATTR_CAPS_SZ_1)) return false;
  if ((le32toh(data.magic_etc) & VFS_CAP_FLAGS_EFFECTIVE) != 0) return true;
  return gets_new_rights && (data.data[0].permitted != 0 || data.data[1].permitted != 0);
}

std::optional<std::string> more_rights(const std::string& file) {
  struct stat status {};
  struct statvfs system {};
  if (stat(file.c_str(), &status) != 0 || statvfs(file.c_str(), &system) != 0) return std::nullopt;
  if ((system.f_flag & ST_NOSUID) != 0) return std::nullopt;  // it gets no other rights here
  const bool gets_new_rights = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
  if (gets_new_rights && (status.st_mode & S_ISUID) != 0 && status.st_uid != getuid()) {
    return "set-user-ID";
  }
  // Without the right to execute the bit means something else.
  if (gets_new_rights && (status.st_mode & S_ISGID) != 0 && (status.st_mode & S_IXGRP) != 0 &&
      status.st_gid != getgid()) {
    return "set-group-ID";
  }
  if (getuid() != 0 && has_telling_capabilities(file, gets_new_rights)) return "file capabilities";
  return std::nullopt;
}

// Of this machine's word size; others are not looked at.
bool is_static(const std::string& file) {
  const Beginning beginning(file);
  ElfW(Ehdr) header{};
  if (!beginning.text().starts_with(ELFMAG) || !beginning.read(header, 0)) return false;
  constexpr unsigned char kOurs = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  if (header.e_ident[EI_CLASS] != kOurs) return false;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    ElfW(Phdr) part{};
    if (!beginning.read(part, header.e_phoff + i * sizeof(part))) return false;
    if (part.p_type == PT_INTERP) return false;
  }
  return true;
}

}  // namespace

std::optional<std::string> driver_obstacle(const std::string& command) {
  std::string file = resolved(command);
  constexpr int kMostInterpreters = 4;  // as Linux
  for (int i = 0; i < kMostInterpreters; ++i) {
    const auto interpreter = interpreter_of(file);
    if (!interpreter) break;
    file = *interpreter;
  }
  if (const auto rights = more_rights(file)) {
    return file + " runs with more rights than yours (" + *rights +
           "), so the system does not let it load another driver";
  }
  if (is_static(file)) return file + " is statically linked, so it loads no driver";
  return std::nullopt;
}

}  // namespace zeus::apps
