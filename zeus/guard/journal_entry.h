// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What outlives a job that is killed: whose limit was there before it, and which ones are its own.
// One text a GPU, a line a value, ended by a line "end" so that a torn one is known. Who writes
// often appends a line for each later change of the ledger instead of writing all anew: the last
// whole one counts, and one that is torn announced a write that was not begun. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "zeus/guard/other_settings.h"
#include "zeus/guard/setting_ledger.h"

namespace zeus {

// A process, safe from the reuse of its number: a later one with the same has another start.
struct JobIdentity {
  int pid = 0;
  std::uint64_t start = 0;  // in ticks since the machine was started; 0 where it isn't known

  bool operator==(const JobIdentity&) const = default;
};

// Nothing where there is no such process. Reads /proc.
[[nodiscard]] std::optional<JobIdentity> identify(int pid);

// For whom a daemon has set it, and until when at most (CLOCK_MONOTONIC, in milliseconds; 0: as
// long as that process runs).
struct JournalLease {
  JobIdentity holder;
  std::uint64_t user = 0;
  std::uint64_t end_ms = 0;
  bool is_asked_for = false;  // it ends without a heartbeat, too
  bool until_disconnect = false;

  bool operator==(const JournalLease&) const = default;
};

struct JournalEntry {
  std::string boot;  // of the kernel: limits don't survive a restart of the machine
  std::string uuid;
  bool is_simulated = false;
  JobIdentity job;
  SettingLedger ledger;
  OtherSettings other{};
  std::optional<JournalLease> lease{};  // where `job` is a daemon
};

[[nodiscard]] std::string to_text(const JournalEntry& entry);

// The line to append for a ledger with the same prior setting.
[[nodiscard]] std::string to_line(const SettingLedger& ledger);

// Nothing where the text is not a whole entry of this version.
[[nodiscard]] std::optional<JournalEntry> parse_entry(std::string_view text);

}  // namespace zeus
