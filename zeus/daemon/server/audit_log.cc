// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/audit_log.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <exception>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "zeus/error.h"
#include "zeus/regular_file.h"

namespace zeus::daemon {
namespace {

int open_log(const std::filesystem::path& path) {
  const int file = above_standard_streams(::open(
      path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640));
  struct stat info {};
  const bool is_regular = file >= 0 && ::fstat(file, &info) == 0 && S_ISREG(info.st_mode);
  if (is_regular) return file;
  const std::string why =
      file < 0 ? std::generic_category().message(errno) : "it is not a regular file";
  if (file >= 0) ::close(file);
  throw ZeusFileError(fmt::format("the audit log '{}' can't be opened: {}", path.string(), why));
}

std::string now_in_utc() {
  const auto now = std::chrono::system_clock::now();
  const auto second = std::chrono::system_clock::to_time_t(now);
  thread_local std::time_t last = -1;
  thread_local std::string text;
  if (std::exchange(last, second) != second) {
    text = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(second));
  }
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return fmt::format("{}.{:03}Z", text, ms.count() % 1000);
}

// Most values need no escape, and then no JSON library, which costs as much as the write.
void add(std::string& line, std::string_view name, std::string_view value) {
  const bool is_plain = std::ranges::all_of(
      value, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  line += fmt::format(R"({}"{}":)", line.empty() ? "{" : ",", name);
  if (is_plain) {
    line += fmt::format(R"("{}")", value);
  } else {
    line += nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

}  // namespace

AuditLog::AuditLog(std::filesystem::path file) : path_(std::move(file)) {
  file_ = path_.empty() ? STDERR_FILENO : open_log(path_);
}

AuditLog::~AuditLog() {
  if (!path_.empty()) ::close(file_);
}

void AuditLog::reopen() {
  if (path_.empty()) return;
  const int file = open_log(path_);
  const std::lock_guard lock(mutex_);
  ::close(std::exchange(file_, file));
}

std::uint64_t AuditLog::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

std::string AuditLog::user_name(unsigned user) {
  constexpr std::size_t kMostNames = 1000;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = names_.find(user); found != names_.end()) return found->second;
  }
  passwd entry{};
  passwd* found = nullptr;
  std::string room(16'384, '\0');
  ::getpwuid_r(user, &entry, room.data(), room.size(), &found);
  std::string name = found != nullptr ? found->pw_name : std::to_string(user);
  const std::lock_guard lock(mutex_);
  if (names_.size() >= kMostNames) names_.clear();
  return names_[user] = std::move(name);
}

void AuditLog::record(const AuditEntry& entry) noexcept {
  try {
    std::string line;
    add(line, "time", now_in_utc());
    add(line, "what", entry.what);
    if (entry.user) {
      add(line, "user", user_name(*entry.user));
      line += fmt::format(R"(,"uid":{})", *entry.user);
    }
    if (entry.pid) line += fmt::format(R"(,"pid":{})", *entry.pid);
    for (const auto& [name, value] : {std::pair{"gpu", &entry.gpu},
                                      {"value", &entry.value},
                                      {"result", &entry.result},
                                      {"refused", &entry.why}}) {
      if (!value->empty()) add(line, name, *value);
    }
    line += "}\n";
    const std::lock_guard lock(mutex_);
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ++lost_;
  } catch (const std::exception&) {
    const std::lock_guard lock(mutex_);
    ++lost_;
  }
}

}  // namespace zeus::daemon
