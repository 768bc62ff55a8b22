// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/leased_gpu.h"

#include <fmt/format.h>
#include <unistd.h>

#include <exception>
#include <functional>
#include <utility>
#include <vector>

#include "zeus/device/gpu_controls.h"
#include "zeus/guard/prior_settings.h"
#include "zeus/guard/recovery.h"
#include "zeus/guard/setting_records.h"

namespace zeus::daemon {
namespace {

using Part = GpuLock::Part;

// Where the driver refuses `change`, nothing has changed, and `take_back` is to say so. After any
// other failure it may have.
template <class Change, class TakeBack>
void unless_refused(Change change, TakeBack take_back) {
  try {
    change();
  } catch (const ZeusGPUInvalidArgError&) {
    take_back();
    throw;
  } catch (const ZeusGPUNotSupportedError&) {
    take_back();
    throw;
  } catch (const ZeusGPUNoPermissionError&) {
    take_back();
    throw;
  }
}

}  // namespace

LeasedGpu::LeasedGpu(VisibleGpu visible, const SettingJournal& journal)
    : visible_(std::move(visible)),
      journal_(journal),
      daemon_(identify(::getpid()).value_or(JobIdentity{.pid = ::getpid()})) {}

LeasedGpu::Turn LeasedGpu::turn(std::chrono::milliseconds patience) {
  Turn turn(mutex_, patience);
  if (!turn) {
    throw ZeusGPUTimeoutError(
        fmt::format("GPU {} is not changed: its driver has not come back from an earlier change",
                    visible_.index));
  }
  return turn;
}

void LeasedGpu::take_lock() {
  journal_.open();
  std::shared_ptr<GpuLock> lock = GpuLock::open(journal_.lock_file(gpu().info().uuid));
  if (!lock->try_lock(Part::kJob)) {
    const int pid = lock->other_holder(Part::kJob).value_or(0);
    throw GpuTakenError(
        fmt::format("GPU {} is being tuned by process {}, which writes to the driver by itself; "
                    "wait until it has ended",
                    visible_.index, pid),
        pid);
  }
  lock_ = std::move(lock);
}

void LeasedGpu::let_go() {
  {
    const std::lock_guard lock(held_mutex_);
    held_.reset();
  }
  is_begun_ = false;
  entry_.reset();
  if (!lock_) return;
  lock_->unlock(Part::kJob);
  lock_.reset();
}

void LeasedGpu::begin(const JournalLease& lease) {
  if (!lock_) take_lock();
  if (is_begun()) {
    if (lease != lease_) update(lease);
    return;
  }
  try {
    std::vector<std::string> troubles;
    const auto recovery = put_back(journal_, visible_, troubles);
    if (recovery && recovery->outcome == Recovery::Outcome::kNotRestored) {
      throw ZeusBaseGPUError(recovery->trouble);
    }
    if (recovery && recovery->outcome == Recovery::Outcome::kInUse) {
      throw GpuTakenError(
          fmt::format("GPU {} is being tuned by process {}", visible_.index, recovery->holder),
          recovery->holder);
    }
    ledger_ = SettingLedger(present_setting(gpu()));
    other_ = {};
    is_noted_ = false;
    lease_ = lease;
  } catch (...) {
    let_go();
    throw;
  }
  const std::lock_guard lock(held_mutex_);
  held_ = {.prior = ledger_.prior(), .written = {}, .other = {}};
  is_begun_ = true;
}

void LeasedGpu::update(const JournalLease& lease) {
  const JournalLease earlier = std::exchange(lease_, lease);
  entry_.reset();  // to be written anew
  try {
    write_down(ledger_, other_);
  } catch (...) {
    lease_ = earlier;
    throw;
  }
}

bool LeasedGpu::adopt(const JournalEntry& entry) {
  try {
    take_lock();
  } catch (const GpuTakenError&) {
    return false;
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): tried again
  }
  is_begun_ = true;
  lease_ = entry.lease.value_or(JournalLease{});
  ledger_ = entry.ledger;
  other_ = entry.other;
  is_noted_ = true;
  const std::lock_guard lock(held_mutex_);
  held_ = {.prior = ledger_.prior(), .written = ledger_.written(), .other = other_};
  return true;
}

std::string LeasedGpu::sign_journal() {
  try {
    if (!lock_) take_lock();
    write_down(ledger_, other_);
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

void LeasedGpu::write_down(const SettingLedger& next, const OtherSettings& other) {
  if (!next.written() && other.is_empty()) {
    if (is_noted_) journal_.remove(gpu().info().uuid);
    is_noted_ = false;
    entry_.reset();
  } else if (!entry_ || other != other_ || next.prior() != ledger_.prior() ||
             !entry_->append(next)) {
    entry_.reset();
    journal_.write({.boot = journal_.boot(),
                    .uuid = gpu().info().uuid,
                    .is_simulated = gpu().info().is_simulated,
                    .job = daemon_,
                    .ledger = next,
                    .other = other,
                    .lease = lease_});
    is_noted_ = true;
    entry_ = journal_.map_entry(gpu().info().uuid);
  }
  ledger_ = next;
  other_ = other;
  const std::lock_guard lock(held_mutex_);
  held_ = {.prior = ledger_.prior(), .written = ledger_.written(), .other = other_};
}

LeasedGpu::PowerLimits LeasedGpu::set_power_limit(Watts limit, bool stays) {
  Gpu& device = *visible_.gpu;
  const KnobSetting wanted{.power_limit = limit};
  const KnobSetting present = present_setting(device);
  if (!ledger_.knows(present)) {
    if (ledger_.written()) {
      throw ForeignLimitError(fmt::format(
          "the power limit of GPU {} was set to {:g} W by another program meanwhile "
          "(it was {:g} W)",
          visible_.index, present.power_limit.value(), ledger_.written()->power_limit.value()));
    }
    write_down(SettingLedger(present), other_);  // the device is as it was before
  }
  const SettingLedger earlier = ledger_;
  SettingLedger next = ledger_;
  next.begin_write(present, wanted);
  write_down(next, other_);
  unless_refused([&] { device.set_power_limit(limit); }, [&] { write_down(earlier, other_); });
  const KnobSetting now = present_setting(device);
  if (now == present && now != wanted) {
    throw ZeusBaseGPUError(ignored_write(visible_.index, present.power_limit, limit));
  }
  const KnobSetting there = is_rounded(now, wanted) ? now : wanted;
  if (stays) {
    next = SettingLedger(there);
  } else if (there == next.prior()) {
    next.settle();
  } else {
    next.end_write(there);
  }
  write_down(next, other_);
  PowerLimits limits{.requested = now.power_limit, .enforced = {}};
  try {
    if (gpu().info().has.enforced_power_limit) limits.enforced = gpu().enforced_power_limit();
  } catch (const ZeusBaseGPUError&) {  // NOLINT(bugprone-empty-catch): it is set all the same
  }
  return limits;
}

void LeasedGpu::lock_clocks(bool OtherSettings::*is_locked, bool stays,
                            const std::function<void(GpuControls&)>& act) {
  const OtherSettings before = other_;
  OtherSettings next = other_;
  next.*is_locked = true;
  write_down(ledger_, next);
  unless_refused([&] { act(visible_.gpu->controls()); }, [&] { write_down(ledger_, before); });
  if (stays) {
    next.*is_locked = false;
    write_down(ledger_, next);
  }
}

void LeasedGpu::unlock_clocks(bool OtherSettings::*is_locked,
                              const std::function<void(GpuControls&)>& act) {
  act(visible_.gpu->controls());
  OtherSettings next = other_;
  next.*is_locked = false;
  write_down(ledger_, next);
}

void LeasedGpu::lock_graphics_clocks(unsigned min, unsigned max, bool stays) {
  lock_clocks(&OtherSettings::graphics_clocks_locked, stays,
              [=](GpuControls& controls) { controls.lock_graphics_clocks(min, max); });
}

void LeasedGpu::lock_memory_clocks(unsigned min, unsigned max, bool stays) {
  lock_clocks(&OtherSettings::memory_clocks_locked, stays,
              [=](GpuControls& controls) { controls.lock_memory_clocks(min, max); });
}

void LeasedGpu::unlock_graphics_clocks() {
  unlock_clocks(&OtherSettings::graphics_clocks_locked,
                [](GpuControls& controls) { controls.unlock_graphics_clocks(); });
}

void LeasedGpu::unlock_memory_clocks() {
  unlock_clocks(&OtherSettings::memory_clocks_locked,
                [](GpuControls& controls) { controls.unlock_memory_clocks(); });
}

void LeasedGpu::set_persistence_mode(bool enabled, bool stays) {
  GpuControls& controls = visible_.gpu->controls();
  const bool present = controls.persistence_mode();
  const OtherSettings before = other_;
  OtherSettings next = other_;
  if (!next.prior_persistence) next.prior_persistence = present;
  write_down(ledger_, next);
  unless_refused([&] { controls.set_persistence_mode(enabled); },
                 [&] { write_down(ledger_, before); });
  if (stays || next.prior_persistence == enabled) next.prior_persistence.reset();
  write_down(ledger_, next);
}

bool LeasedGpu::is_as_before() const { return !ledger_.written() && other_.is_empty(); }

std::string LeasedGpu::restore() {
  if (!is_begun()) return {};
  try {
    if (!lock_) take_lock();
  } catch (const GpuTakenError& error) {
    let_go();  // who has it has put back what the journal said
    return error.what();
  }
  std::string trouble;
  SettingLedger next = ledger_;
  if (ledger_.written()) {
    SettingRecord record(visible_, ledger_.prior());
    record.ledger = ledger_;
    trouble = record.restore();
    next = record.ledger;
  }
  OtherSettings other = other_;
  if (const std::string more = zeus::restore(visible_, other); !more.empty()) {
    trouble += (trouble.empty() ? "" : "; ") + more;
  }
  write_down(next, other);
  if (is_as_before()) let_go();
  return trouble;
}

void LeasedGpu::keep() {
  if (!is_begun()) return;
  write_down(SettingLedger(ledger_.prior()), {});
  let_go();
}

std::optional<LeasedGpu::Held> LeasedGpu::held() const {
  const std::lock_guard lock(held_mutex_);
  return held_;
}

}  // namespace zeus::daemon
