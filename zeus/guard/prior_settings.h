// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One optimizer's part in the GPUs' settings. PriorSettings knows the settings that were there
// before this process changed any (they are the user's), writes others, and puts the user's back:
// when asked, at destruction and when the process exits (exit, return from main, quick_exit). A
// setting that somebody else wrote meanwhile is theirs: it is reported and left alone. Where
// another PriorSettings of this process holds a GPU, the later one takes it over, and the earlier
// one writes nothing any more. Thread-safe. In a forked child nothing is written: the settings are
// the parent's to put back.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/device/knob.h"
#include "zeus/fork_check.h"

namespace zeus {

struct SettingRecord;

class PriorSettings {
 public:
  // Reads the setting of every GPU; writes nothing. Throws what the driver answers.
  explicit PriorSettings(std::vector<VisibleGpu> gpus);
  PriorSettings(const PriorSettings&) = delete;
  PriorSettings& operator=(const PriorSettings&) = delete;
  ~PriorSettings();

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  // The user's setting. `position`: in the order of the constructor's list.
  [[nodiscard]] const KnobSetting& prior(std::size_t position) const {
    return entries_[position].prior;
  }

  // Takes these GPUs for this process, finds out whether it may set their limits, by writing the
  // one that is there, and has its guard watch over them (setting_guard.h), before the first
  // changing write. Throws GpuNotFreeError where another job has one, or where another program
  // changed its setting since the constructor, ZeusGPUNoPermissionError, what else the driver
  // answers, and, where `is_guard_required`, ZeusBaseGPUError where there can be no guard. What is
  // taken by then stays so until release().
  void claim(const std::vector<std::size_t>& positions, bool is_guard_required);

  // The first of these GPUs that another process has now: its place in the list of the constructor.
  [[nodiscard]] std::optional<std::size_t> first_busy(
      const std::vector<std::size_t>& positions) const;

  // Leaves the GPUs to other jobs, once the user's settings are back.
  void release() noexcept;

  // Where another PriorSettings of this process has set one of these GPUs, puts the user's setting
  // back and takes the GPU over: the other one is superseded, and its claim of that GPU is gone.
  // What else it has claimed it keeps until its own release(). One INFO line says so. What is
  // reported of the putting back is logged as a warning.
  void take_over(const std::vector<std::size_t>& positions);

  // Another PriorSettings of this process has taken a GPU over: nothing is written here any more.
  [[nodiscard]] bool is_superseded() const { return superseded_.load(std::memory_order_acquire); }

  // Sets a GPU; nothing is written where the setting is there already, where this one is superseded
  // and where the process is exiting. Throws what the driver answers, and ZeusBaseGPUError where
  // somebody else changed the setting since, or where the driver reports success and the setting
  // stays what it was.
  void set(std::size_t position, const KnobSetting& setting);

  // Throws ZeusBaseGPUError where the setting is not what this object set last, or the driver's
  // answer where that can't be read.
  void require_unchanged(std::size_t position) const;

  // Puts the user's setting back on every GPU that was changed, each whatever happens to the
  // others, and returns one line for each that could not be or was somebody else's. Those that
  // could not be are tried again by the next call. Afterwards set() works again.
  std::vector<std::string> restore() noexcept;

 private:
  struct Entry {
    VisibleGpu visible;
    KnobSetting prior;
    std::shared_ptr<SettingRecord> record;
    bool is_claimed = false;
  };

  // All with the record's lock.
  void require_as_read(const Entry& entry) const;
  static void test_permission(const Entry& entry);
  void require_known(const Entry& entry, const KnobSetting& present) const;
  void hold(const Entry& entry);

  const ForkCheck fork_check_;
  std::vector<Entry> entries_;
  std::atomic<bool> superseded_{false};
};

// What a driver that ignores a write has done, in one line.
[[nodiscard]] std::string ignored_write(int index, Watts before, Watts limit);

}  // namespace zeus
