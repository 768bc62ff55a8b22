// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One GPU as the daemon writes to it: every change is in the journal before it is on the device,
// is read back, and can be taken back by the one rule (zeus/guard/setting_ledger.h). While it has
// something to take back the daemon also holds the lock by which jobs that write to the driver
// themselves know that the GPU is taken (zeus/guard/gpu_lock.h).
//
// All methods but held() and gpu() want the GPU's turn(): one change at a time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "zeus/device/gpu.h"
#include "zeus/error.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/journal_entry.h"
#include "zeus/guard/setting_journal.h"

namespace zeus::daemon {

// A job that writes to the driver by itself has the GPU.
class GpuTakenError : public ZeusBaseGPUError {
 public:
  GpuTakenError(const std::string& message, int pid) : ZeusBaseGPUError(message), pid_(pid) {}
  [[nodiscard]] int pid() const { return pid_; }

 private:
  int pid_;
};

// The limit that is there is none of the daemon's and not the one that was there before.
struct ForeignLimitError : ZeusBaseGPUError {
  using ZeusBaseGPUError::ZeusBaseGPUError;
};

class LeasedGpu {
 public:
  LeasedGpu(VisibleGpu visible, const SettingJournal& journal);

  [[nodiscard]] const Gpu& gpu() const { return *visible_.gpu; }

  using Turn = std::unique_lock<std::timed_mutex>;
  // Throws ZeusGPUTimeoutError where the driver hasn't come back from another change by then.
  [[nodiscard]] Turn turn(std::chrono::milliseconds patience);
  [[nodiscard]] Turn turn() { return Turn(mutex_); }

  // Before the first change for that lease; where it is begun, makes this what is known of it.
  // Finishes what a job that was
  // killed left. Throws GpuTakenError, ZeusFileError where there can be no journal, or what the
  // driver answers.
  void begin(const JournalLease& lease);

  // For a lease that an earlier daemon's journal has. False where somebody else has the GPU by now.
  // Where the lock can't be made now the next change or restore() makes it.
  bool adopt(const JournalEntry& entry);
  // After adopt(): makes this process the journal entry's writer. A line where that isn't possible
  // now; the next change does it.
  std::string sign_journal();

  struct PowerLimits {
    Watts requested;
    std::optional<Watts> enforced;  // where the device tells
  };
  // Throws ForeignLimitError, ZeusFileError where the journal can't be written (nothing is set
  // then), or what the driver answers. `stays`: it is the user's setting from now on.
  PowerLimits set_power_limit(Watts limit, bool stays);
  void lock_graphics_clocks(unsigned min, unsigned max, bool stays);
  void lock_memory_clocks(unsigned min, unsigned max, bool stays);
  void unlock_graphics_clocks();
  void unlock_memory_clocks();
  // Whether this lease has locked them.
  [[nodiscard]] bool has_locked_graphics_clocks() const { return other_.graphics_clocks_locked; }
  [[nodiscard]] bool has_locked_memory_clocks() const { return other_.memory_clocks_locked; }
  void set_persistence_mode(bool enabled, bool stays);

  // Whether there is nothing to put back.
  [[nodiscard]] bool is_as_before() const;

  // Puts everything back and lets go of the GPU. Returns a line where something could not be (it is
  // to be tried again where is_begun() stays true), or where somebody else's limit is there.
  std::string restore();

  // Lets go of the GPU and leaves what is there.
  void keep();

  [[nodiscard]] bool is_begun() const { return is_begun_; }

  // What the lease has changed; may be asked at any time.
  struct Held {
    KnobSetting prior;
    std::optional<KnobSetting> written;
    OtherSettings other;
  };
  [[nodiscard]] std::optional<Held> held() const;

 private:
  void take_lock();
  void let_go();
  void update(const JournalLease& lease);
  // Makes this what is known, on the disk first.
  void write_down(const SettingLedger& next, const OtherSettings& other);
  void lock_clocks(bool OtherSettings::*is_locked, bool stays,
                   const std::function<void(GpuControls&)>& act);
  void unlock_clocks(bool OtherSettings::*is_locked, const std::function<void(GpuControls&)>& act);

  const VisibleGpu visible_;
  const SettingJournal& journal_;
  const JobIdentity daemon_;

  std::timed_mutex mutex_;
  bool is_begun_ = false;
  std::shared_ptr<GpuLock> lock_;
  JournalLease lease_;
  SettingLedger ledger_{KnobSetting{}};
  OtherSettings other_;
  bool is_noted_ = false;                 // there is an entry on the disk
  std::unique_ptr<MappedEntry> entry_{};  // that one, where this process has written it

  mutable std::mutex held_mutex_;
  std::optional<Held> held_;
};

}  // namespace zeus::daemon
