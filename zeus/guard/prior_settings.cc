// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/prior_settings.h"

#include <fmt/format.h>

#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "zeus/error.h"
#include "zeus/guard/setting_records.h"
#include "zeus/log.h"

namespace zeus {
namespace {

constexpr const char* kLogger = "zeus.guard";

}  // namespace

std::string ignored_write(int index, Watts before, Watts limit) {
  return fmt::format(
      "the driver said that the power limit of GPU {} is set to {:g} W, but it is {:g} W as before",
      index, limit.value(), before.value());
}

PriorSettings::PriorSettings(std::vector<VisibleGpu> gpus) {
  entries_.reserve(gpus.size());
  for (VisibleGpu& visible : gpus) {
    // What a job that was killed has left is not the user's.
    if (const auto guard = guard_for(visible)) guard->recover(visible);
    std::shared_ptr<SettingRecord> record = SettingRecords::instance().meet(visible);
    const std::lock_guard lock(record->mutex);
    const KnobSetting prior = record->ledger.prior();
    entries_.push_back({std::move(visible), prior, std::move(record)});
  }
}

PriorSettings::~PriorSettings() {
  for (const std::string& line : restore()) log(LogLevel::kWarning, kLogger, line);
  if (fork_check_.forked()) return;
  release();
  for (const Entry& entry : entries_) {
    const std::lock_guard lock(entry.record->mutex);
    if (entry.record->holder != this) continue;
    // What could not be put back is still not the user's, but the driver need not stay open for it.
    entry.record->holder = nullptr;
    entry.record->visible.gpu.reset();
  }
  entries_.clear();
  SettingRecords::instance().drop_unused();
}

void PriorSettings::test_permission(const Entry& entry) {
  const KnobSetting present = present_setting(*entry.visible.gpu);
  try {
    entry.visible.gpu->set_power_limit(present.power_limit);
  } catch (const ZeusGPUNoPermissionError& error) {
    if (!entry.visible.gpu->info().written_by.empty()) throw;
    throw ZeusGPUNoPermissionError(
        fmt::format("setting the power limit of GPU {} needs root or the SYS_ADMIN capability; run "
                    "as root, or give a container --cap-add SYS_ADMIN ({})",
                    entry.visible.index, error.what()),
        error.code(), error.call());
  }
}

void PriorSettings::require_as_read(const Entry& entry) const {
  // Another job may have had the GPU, and put its user's limit back, since ours was read.
  const KnobSetting present = present_setting(*entry.visible.gpu);
  if (entry.record->ledger.written() || present == entry.prior) return;
  throw GpuNotFreeError(
      fmt::format("the power limit of GPU {} was changed from {:g} W to {:g} W by another program "
                  "while this job started",
                  entry.visible.index, entry.prior.power_limit.value(),
                  present.power_limit.value()),
      /*is_busy=*/false);
}

void PriorSettings::claim(const std::vector<std::size_t>& positions, bool is_guard_required) {
  // All before the first is written, or a guard started: who gets the last one has them all.
  for (const std::size_t position : positions) {
    Entry& entry = entries_[position];
    SettingRecord& record = *entry.record;
    const std::shared_ptr<SettingGuard> guard = guard_for(entry.visible);
    if (!guard && is_guard_required) {
      throw ZeusBaseGPUError(fmt::format(
          "GPU {} can't be guarded: guarding is turned off (ZEUS_JOURNAL_DIR is empty), "
          "or no other process could find this GPU",
          entry.visible.index));
    }
    const std::lock_guard lock(record.mutex);
    if (!guard || entry.is_claimed) continue;
    if (record.claims == 0 && !record.guard) {
      guard->claim(entry.visible);
      record.guard = guard;
    }
    ++record.claims;
    entry.is_claimed = true;
  }
  std::shared_ptr<SettingGuard> guard;
  std::vector<VisibleGpu> claimed;
  for (const std::size_t position : positions) {
    const Entry& entry = entries_[position];
    const std::lock_guard lock(entry.record->mutex);
    if (entry.is_claimed) require_as_read(entry);
    test_permission(entry);
    if (!entry.is_claimed) continue;
    guard = entry.record->guard;
    claimed.push_back(entry.visible);
  }
  if (guard) guard->arm(claimed, is_guard_required);
}

std::optional<std::size_t> PriorSettings::first_busy(
    const std::vector<std::size_t>& positions) const {
  for (const std::size_t position : positions) {
    const VisibleGpu& visible = entries_[position].visible;
    const std::shared_ptr<SettingGuard> guard = guard_for(visible);
    if (guard && guard->other_holder(visible)) return position;
  }
  return std::nullopt;
}

void PriorSettings::release() noexcept {
  if (fork_check_.forked()) return;
  for (Entry& entry : entries_) {
    SettingRecord& record = *entry.record;
    const std::lock_guard lock(record.mutex);
    if (std::exchange(entry.is_claimed, false)) --record.claims;
    // What could not be put back is the guard's to try again when this process ends.
    if (record.claims > 0 || record.ledger.written()) continue;
    if (const auto guard = std::exchange(record.guard, nullptr)) guard->release(entry.visible);
  }
}

void PriorSettings::take_over(const std::vector<std::size_t>& positions) {
  for (const std::size_t position : positions) {
    SettingRecord& record = *entries_[position].record;
    const std::lock_guard lock(record.mutex);
    if (record.holder == this || !record.ledger.written()) continue;
    hold(entries_[position]);
    if (const std::string trouble = record.restore(); !trouble.empty()) {
      log(LogLevel::kWarning, kLogger, trouble);
    }
  }
}

void PriorSettings::hold(const Entry& entry) {
  SettingRecord& record = *entry.record;
  record.visible = entry.visible;
  PriorSettings* const earlier = std::exchange(record.holder, this);
  if (earlier == nullptr || earlier == this) return;
  // No hook of the earlier one may ever come again: its claim must not outlast the later one's.
  for (Entry& each : earlier->entries_) {
    if (each.record.get() == &record && std::exchange(each.is_claimed, false)) --record.claims;
  }
  if (earlier->superseded_.exchange(true, std::memory_order_acq_rel)) return;
  log(LogLevel::kInfo, "zeus.optimizer.power_limit",
      fmt::format("A new power limit optimizer takes over GPU {}; the earlier one is closed.",
                  record.visible.index));
}

void PriorSettings::require_known(const Entry& entry, const KnobSetting& present) const {
  const SettingLedger& ledger = entry.record->ledger;
  // The record's prior setting is another than this object's where somebody else changed it since
  // and a later object has read that.
  if (ledger.knows(present) && ledger.prior() == entry.prior) return;
  throw ZeusBaseGPUError(fmt::format(
      "the power limit of GPU {} was set to {:g} W by another program meanwhile (it was {:g} W)",
      entry.visible.index, present.power_limit.value(),
      ledger.written().value_or(entry.prior).power_limit.value()));
}

void PriorSettings::set(std::size_t position, const KnobSetting& setting) {
  if (fork_check_.forked()) return;
  const Entry& entry = entries_[position];
  SettingRecord& record = *entry.record;
  const std::lock_guard lock(record.mutex);
  if (is_superseded() || SettingRecords::is_exiting()) return;
  Gpu& gpu = *entry.visible.gpu;
  const KnobSetting present = present_setting(gpu);
  require_known(entry, present);
  hold(entry);
  if (present == setting) {
    if (present == entry.prior) {
      record.settle();
    } else {
      record.end_write(present);
    }
    return;
  }
  record.begin_write(present, setting);
  gpu.set_power_limit(setting.power_limit);
  std::optional<KnobSetting> now;
  try {
    now = present_setting(gpu);
  } catch (const std::exception&) {
    return;  // nothing is known of it: both settings stay ours
  }
  if (*now == present) {
    throw ZeusBaseGPUError(
        ignored_write(entry.visible.index, present.power_limit, setting.power_limit));
  }
  record.end_write(is_rounded(*now, setting) ? *now : setting);
}

void PriorSettings::require_unchanged(std::size_t position) const {
  if (fork_check_.forked()) return;
  const Entry& entry = entries_[position];
  const std::lock_guard lock(entry.record->mutex);
  if (is_superseded() || SettingRecords::is_exiting()) return;
  const KnobSetting expected = entry.record->ledger.written().value_or(entry.prior);
  const KnobSetting present = present_setting(*entry.visible.gpu);
  if (present == expected) return;
  throw ZeusBaseGPUError(fmt::format(
      "the power limit of GPU {} was set to {:g} W by another program meanwhile (it was {:g} W)",
      entry.visible.index, present.power_limit.value(), expected.power_limit.value()));
}

std::vector<std::string> PriorSettings::restore() noexcept {
  std::vector<std::string> troubles;
  if (fork_check_.forked()) return troubles;
  for (const Entry& entry : entries_) {
    SettingRecord& record = *entry.record;
    const std::lock_guard lock(record.mutex);
    if (record.holder != this) continue;
    if (record.ledger.written()) {
      std::string trouble = record.restore();
      // Reported once, however often it is tried: at the end of tuning, at close, by the
      // destructor.
      if (!trouble.empty() && trouble != record.last_trouble) troubles.push_back(trouble);
      record.last_trouble = std::move(trouble);
    }
    if (!record.ledger.written()) record.holder = nullptr;
  }
  return troubles;
}

}  // namespace zeus
