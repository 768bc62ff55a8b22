// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/recovery.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <utility>

#include "zeus/error.h"
#include "zeus/guard/setting_records.h"

namespace zeus {
namespace {

using Outcome = Recovery::Outcome;
using Part = GpuLock::Part;

std::optional<KnobSetting> present_if_readable(const Gpu& gpu) {
  try {
    return present_setting(gpu);
  } catch (const ZeusBaseGPUError&) {
    return std::nullopt;
  }
}

}  // namespace

void tidy(const SettingJournal& journal, const std::string& uuid) {
  const std::vector<std::string> known = journal.uuids();
  if (!std::ranges::binary_search(known, uuid)) return;
  const auto lock = GpuLock::open(journal.lock_file(uuid));
  if (!lock->try_lock_to_restore()) return;
  journal.remove_leftovers(uuid);
  lock->unlock_restored();
}

bool is_leased(const JournalEntry& entry) {
  if (!entry.lease || identify(entry.lease->holder.pid) != entry.lease->holder) return false;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
  return entry.lease->end_ms == 0 || static_cast<std::uint64_t>(now.count()) < entry.lease->end_ms;
}

std::optional<Recovery> put_back(const SettingJournal& journal, const VisibleGpu& visible,
                                 std::vector<std::string>& troubles) {
  const GpuInfo& info = visible.gpu->info();
  std::optional<JournalEntry> entry = journal.read(info.uuid, troubles);
  // A real GPU and a simulated one may be called alike.
  if (!entry || entry->is_simulated != info.is_simulated) return std::nullopt;
  if (is_leased(*entry)) {
    const pid_t holder = entry->lease->holder.pid;
    return Recovery{.entry = *std::move(entry), .holder = holder};
  }
  // Where only other settings were changed, the limit is whoever's.
  const bool has_limit = entry->ledger.written().has_value();
  SettingLedger::Verdict verdict = SettingLedger::Verdict::kNothing;
  std::string trouble;
  SettingRecord record(visible, entry->ledger.prior());
  record.ledger = entry->ledger;
  if (has_limit) {
    verdict = entry->ledger.verdict(present_if_readable(*visible.gpu));
    trouble = record.restore();
  }
  OtherSettings other = entry->other;
  const bool has_other = !other.is_empty();
  if (const std::string more = restore(visible, other); !more.empty()) {
    trouble += (trouble.empty() ? "" : "; ") + more;
  }
  Recovery result{.entry = *std::move(entry), .trouble = std::move(trouble)};
  if (record.ledger.written() || !other.is_empty()) {
    result.outcome = Outcome::kNotRestored;
    return result;
  }
  if (has_other && verdict == SettingLedger::Verdict::kNothing) {
    verdict = SettingLedger::Verdict::kRestore;
  }
  journal.remove(info.uuid);
  journal.remove_leftovers(info.uuid);
  switch (verdict) {
    case SettingLedger::Verdict::kNothing:
      result.outcome = Outcome::kWasThere;
      break;
    case SettingLedger::Verdict::kForeign:
      result.outcome = Outcome::kLeftAlone;
      break;
    case SettingLedger::Verdict::kRestore:
      result.outcome = Outcome::kRestored;
      break;
  }
  return result;
}

std::optional<Recovery> recover(const SettingJournal& journal, const VisibleGpu& visible,
                                std::chrono::milliseconds patience,
                                std::vector<std::string>& troubles) {
  using std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kPause{10};
  const std::string& uuid = visible.gpu->info().uuid;
  const auto deadline = steady_clock::now() + patience;
  tidy(journal, uuid);
  for (int looks = 0;; ++looks) {
    std::optional<JournalEntry> entry = journal.read(uuid, troubles);
    if (!entry || entry->is_simulated != visible.gpu->info().is_simulated) return std::nullopt;
    const auto lock = GpuLock::open(journal.lock_file(uuid));
    Recovery in_use{.entry = *std::move(entry)};
    const bool is_late = steady_clock::now() >= deadline;
    if (lock->is_held(Part::kJob) || is_late) {
      in_use.holder = lock->other_holder(Part::kJob).value_or(::getpid());
    }
    if (lock->is_held(Part::kJob)) return in_use;
    // A guard is about to act on it, unless it hangs.
    const bool is_guarded = lock->other_holder(Part::kGuard).has_value();
    if ((!is_guarded || is_late) && lock->try_lock_to_restore()) {
      try {
        std::optional<Recovery> result = put_back(journal, visible, troubles);
        lock->unlock_restored();
        return result;
      } catch (...) {
        lock->unlock_restored();
        throw;
      }
    }
    if (is_late) return in_use;
    if (const auto holder = lock->holder_who_stays(looks)) {
      in_use.holder = *holder;
      return in_use;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace zeus
