// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Who did what, when, and why it was refused: a JSON object a line (docs/zeusd.md lists the keys).
// Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace zeus::daemon {

struct AuditEntry {
  std::string what;  // "set_power_limit", "lease/acquire", "restore", "reload", …
  std::optional<int> pid{};
  std::optional<unsigned> user{};
  std::string gpu{};     // its UUID
  std::string value{};   // as asked for, for example "150000 mW"
  std::string result{};  // what is there now
  std::string why{};     // it was refused, or failed; empty: it was done
};

class AuditLog {
 public:
  // Empty: standard error, which is the journal where systemd started the daemon. Throws
  // ZeusFileError where the file can't be opened or is not a regular one.
  explicit AuditLog(std::filesystem::path file = {});
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;
  ~AuditLog();

  // Never throws: what can't be written is counted.
  void record(const AuditEntry& entry) noexcept;

  // After the file was moved away. Where that fails the old one stays in use.
  void reopen();

  [[nodiscard]] std::uint64_t lost() const;

  // A user's name; the number where there is none.
  [[nodiscard]] std::string user_name(unsigned user);

 private:
  std::filesystem::path path_;
  int file_ = -1;
  mutable std::mutex mutex_;
  std::map<unsigned, std::string> names_;
  std::uint64_t lost_ = 0;
};

}  // namespace zeus::daemon
