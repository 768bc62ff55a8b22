// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/setting_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "zeus/error.h"
#include "zeus/guard/prior_settings.h"
#include "zeus/log.h"
#include "zeus/per_process.h"

namespace zeus {
namespace {

constexpr const char* kLogger = "zeus.guard";

// A driver that is busy or was just interrupted may answer at the second try.
constexpr int kAttempts = 3;

std::atomic<bool> exiting{false};

std::optional<KnobSetting> present_if_readable(const Gpu& gpu) {
  try {
    return present_setting(gpu);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

// The host may have lowered the maximum since.
Watts nearest_allowed(const Gpu& gpu, Watts limit) {
  const PowerLimitRange range = gpu.power_limit_range();
  return std::clamp(limit, range.min, range.max);
}

}  // namespace

KnobSetting present_setting(const Gpu& gpu) {
  for (int attempt = 1;; ++attempt) {
    try {
      return {.power_limit = gpu.power_limit()};
    } catch (const ZeusGPUNotSupportedError&) {
      throw;
    } catch (const ZeusBaseGPUError&) {
      if (attempt == kAttempts) throw;
    }
  }
}

void SettingRecord::begin_write(const KnobSetting& before, const KnobSetting& wanted) {
  ledger.begin_write(before, wanted);
  if (guard) guard->note_before_write(visible.gpu->info(), ledger);
}

void SettingRecord::end_write(const KnobSetting& present) {
  ledger.end_write(present);
  if (guard) guard->note(visible.gpu->info(), ledger);
}

void SettingRecord::settle() {
  ledger.settle();
  if (guard) guard->note(visible.gpu->info(), ledger);
}

std::string SettingRecord::restore() {
  Gpu& gpu = *visible.gpu;
  const int index = visible.index;
  const Watts prior = ledger.prior().power_limit;
  const std::optional<KnobSetting> before = present_if_readable(gpu);
  switch (ledger.verdict(before)) {
    case SettingLedger::Verdict::kNothing:
      settle();
      return {};
    case SettingLedger::Verdict::kForeign:
      settle();
      return fmt::format(
          "the power limit of GPU {} was set to {:g} W by another program; left as it is "
          "(before this job it was {:g} W)",
          index, before->power_limit.value(), prior.value());
    case SettingLedger::Verdict::kRestore:
      break;
  }
  std::string reason;
  Watts target = prior;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    try {
      gpu.set_power_limit(target);
      const std::optional<KnobSetting> now = present_if_readable(gpu);
      if (before && now == before && !same_limit(now->power_limit, target)) {
        reason = ignored_write(index, before->power_limit, target);
        continue;
      }
      settle();
      if (same_limit(target, prior)) return {};
      return fmt::format(
          "the power limit of GPU {} was {:g} W before this job, which it no longer allows: it is "
          "set to {:g} W, the nearest allowed one",
          index, prior.value(), target.value());
    } catch (const ZeusGPUInvalidArgError& error) {
      reason = error.what();
      try {
        target = nearest_allowed(gpu, prior);
      } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
        // The next attempt is with the same target.
      }
    } catch (const std::exception& error) {
      reason = error.what();
    }
  }
  std::string line = fmt::format("the power limit of GPU {} could not be put back to {:g} W ({})",
                                 index, prior.value(), reason);
  if (const std::string command = gpu.restore_command(prior); !command.empty()) {
    line += "; restore it with: " + command;
  }
  return line;
}

SettingRecords::SettingRecords() {
  std::atexit(restore_all);
  std::at_quick_exit(restore_all);
}

SettingRecords& SettingRecords::instance() { return per_process<SettingRecords>(); }

bool SettingRecords::is_exiting() { return exiting.load(); }

std::shared_ptr<SettingRecord> SettingRecords::meet(const VisibleGpu& visible) {
  const std::lock_guard lock(mutex_);
  const std::string& uuid = visible.gpu->info().uuid;
  const auto found = records_.find(uuid);
  if (found == records_.end()) {
    auto record = std::make_shared<SettingRecord>(visible, present_setting(*visible.gpu));
    records_.emplace(uuid, record);
    return record;
  }
  const std::shared_ptr<SettingRecord>& record = found->second;
  // Read under the record's lock: what another thread is about to put back is not the user's.
  const std::lock_guard record_lock(record->mutex);
  const KnobSetting present = present_setting(*visible.gpu);
  record->visible = visible;
  const bool is_ours = record->ledger.written().has_value() &&
                       record->ledger.verdict(present) == SettingLedger::Verdict::kRestore;
  if (!is_ours && record->holder == nullptr) record->settle();
  if (!is_ours && present != record->ledger.prior()) {
    record->ledger = SettingLedger(present);
    record->last_trouble.clear();
  }
  return record;
}

void SettingRecords::drop_unused() {
  std::vector<std::shared_ptr<SettingRecord>> unused;  // a last handle may close the driver
  const std::lock_guard lock(mutex_);
  std::erase_if(records_, [&unused](const auto& entry) {
    const std::shared_ptr<SettingRecord>& record = entry.second;
    // Where the map has the only reference no other thread can get at it without our lock.
    if (record.use_count() > 1) return false;
    {
      const std::lock_guard record_lock(record->mutex);
      if (record->ledger.written()) return false;
    }
    unused.push_back(record);
    return true;
  });
}

void SettingRecords::restore_all() {
  SettingRecords& records = instance();
  exiting = true;
  std::vector<std::shared_ptr<SettingRecord>> all;
  {
    const std::lock_guard lock(records.mutex_);
    for (const auto& [uuid, record] : records.records_) all.push_back(record);
  }
  for (const auto& record : all) {
    const std::lock_guard lock(record->mutex);
    if (!record->ledger.written() || !record->visible.gpu) continue;
    const std::string trouble = record->restore();
    if (!trouble.empty() && trouble != record->last_trouble) {
      log(LogLevel::kWarning, kLogger, trouble);
    }
  }
}

}  // namespace zeus
