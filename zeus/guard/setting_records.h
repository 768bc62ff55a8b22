// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One record per GPU in this process, for any number of optimizers and threads: what this process
// set never passes for the user's setting. When the process exits (exit, return from main,
// quick_exit) every record is put back, and from then on nothing is written any more, whatever
// other threads do. Thread-safe. A forked child has records of its own: the parent's settings are
// the parent's to put back.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "zeus/device/gpu.h"
#include "zeus/guard/setting_guard.h"
#include "zeus/guard/setting_ledger.h"

namespace zeus {

class PriorSettings;

// What this process knows about one GPU's setting. Everything but the mutex is guarded by it.
struct SettingRecord {
  SettingRecord(VisibleGpu visible_gpu, const KnobSetting& present)
      : visible(std::move(visible_gpu)), ledger(present) {}

  // Recursive: exit() may be called from within a driver call or a log sink.
  std::recursive_mutex mutex;
  VisibleGpu visible;    // the handle it was last met by; none once its last holder has given up
  SettingLedger ledger;  // changed by the methods below: the guard's journal follows it
  std::shared_ptr<SettingGuard>
      guard;  // where one of this process's optimizers has claimed the GPU
  int claims = 0;
  PriorSettings* holder = nullptr;  // who wrote last and has not put back
  std::string last_trouble;         // what was reported when putting back failed

  // As the ledger's, with the guard's journal written before the device is.
  void begin_write(const KnobSetting& before, const KnobSetting& wanted);
  void end_write(const KnobSetting& present);
  void settle();

  // Puts the user's setting back where one of this process is there. Returns a line where it could
  // not be, or where somebody else's setting is there; empty where all is well.
  std::string restore();
};

class SettingRecords {
 public:
  // This process's.
  static SettingRecords& instance();

  // Whether the process is exiting: nothing may be written any more.
  [[nodiscard]] static bool is_exiting();

  // The record of that GPU, which is read. Its prior setting is the one that is there, unless this
  // process wrote that. Throws what the driver answers.
  std::shared_ptr<SettingRecord> meet(const VisibleGpu& visible);

  // Drops the records that nobody uses and that have nothing to put back, and their GPUs' handles.
  void drop_unused();

  SettingRecords();  // for instance(): one in each process

 private:
  static void restore_all();

  std::recursive_mutex mutex_;
  std::map<std::string, std::shared_ptr<SettingRecord>> records_;  // by UUID
};

// The setting on the device now. Throws what the driver answers.
[[nodiscard]] KnobSetting present_setting(const Gpu& gpu);

}  // namespace zeus
