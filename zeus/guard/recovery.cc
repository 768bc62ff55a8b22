// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/recovery.h"

#include <unistd.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "zeus/error.h"
#include "zeus/guard/setting_records.h"

namespace zeus {
namespace {

using Outcome = Recovery::Outcome;

std::optional<KnobSetting> present_if_readable(const Gpu& gpu) {
  try {
    return present_setting(gpu);
  } catch (const ZeusBaseGPUError&) {
    return std::nullopt;
  }
}

// What writers that were killed have left does no harm, but nobody else would remove it.
void tidy(const SettingJournal& journal, const std::string& uuid) {
  const std::vector<std::string> known = journal.uuids();
  if (!std::ranges::binary_search(known, uuid)) return;
  const auto lock = GpuLock::open(journal.lock_file(uuid));
  if (!lock->try_lock(GpuLock::Part::kJob)) return;
  journal.remove_leftovers(uuid);
  lock->unlock(GpuLock::Part::kJob);
}

}  // namespace

std::optional<Recovery> put_back(const SettingJournal& journal, const VisibleGpu& visible,
                                 std::vector<std::string>& troubles) {
  const GpuInfo& info = visible.gpu->info();
  std::optional<JournalEntry> entry = journal.read(info.uuid, troubles);
  // A real GPU and a simulated one may be called alike.
  if (!entry || entry->is_simulated != info.is_simulated) return std::nullopt;
  const SettingLedger::Verdict verdict = entry->ledger.verdict(present_if_readable(*visible.gpu));
  SettingRecord record(visible, entry->ledger.prior());
  record.ledger = entry->ledger;
  std::string trouble = record.restore();
  Recovery result{.entry = *std::move(entry), .trouble = std::move(trouble)};
  if (record.ledger.written()) {
    result.outcome = Outcome::kNotRestored;
    return result;
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
  while (true) {
    std::optional<JournalEntry> entry = journal.read(uuid, troubles);
    if (!entry || entry->is_simulated != visible.gpu->info().is_simulated) return std::nullopt;
    const auto lock = GpuLock::open(journal.lock_file(uuid));
    Recovery in_use{.entry = *std::move(entry)};
    if (lock->is_held(GpuLock::Part::kJob)) {
      in_use.holder = ::getpid();
      return in_use;
    }
    if (lock->try_lock(GpuLock::Part::kJob)) {
      std::optional<Recovery> result;
      const bool is_guarded = lock->other_holder(GpuLock::Part::kGuard).has_value();
      try {
        // A guard is about to act on it, unless it hangs.
        if (!is_guarded || steady_clock::now() >= deadline) {
          result = put_back(journal, visible, troubles);
        }
      } catch (...) {
        lock->unlock(GpuLock::Part::kJob);
        throw;
      }
      lock->unlock(GpuLock::Part::kJob);
      if (!is_guarded || steady_clock::now() >= deadline) return result;
    } else {
      in_use.holder = lock->other_holder(GpuLock::Part::kJob).value_or(0);
      if (in_use.holder == in_use.entry.job.pid || steady_clock::now() >= deadline) return in_use;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace zeus
