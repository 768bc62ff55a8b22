// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What watches over the settings of this process's GPUs for the case that it is killed, as
// prior_settings sees it: a GPU is claimed before its first write, each write is noted before it
// happens, and the GPU is released at the end. job_guard.h is the one for real machines.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zeus/device/gpu.h"
#include "zeus/error.h"
#include "zeus/guard/setting_ledger.h"

namespace zeus {

// A GPU that can't be had now, but may be later: another process has it, or changed its setting
// after it was read here.
class GpuNotFreeError : public ZeusBaseGPUError {
 public:
  GpuNotFreeError(const std::string& what, bool is_busy)
      : ZeusBaseGPUError(what), is_busy_(is_busy) {}

  // Another process has it.
  [[nodiscard]] bool is_busy() const { return is_busy_; }

 private:
  bool is_busy_;
};

class SettingGuard {
 public:
  SettingGuard() = default;
  SettingGuard(const SettingGuard&) = delete;
  SettingGuard& operator=(const SettingGuard&) = delete;
  virtual ~SettingGuard() = default;

  // Finishes what a job that was killed, and its guard too, left to do on this GPU; waits for one
  // that is at it. Logs what came of it.
  virtual void recover(const VisibleGpu& visible) noexcept = 0;

  // Takes the GPU for this process. Throws GpuNotFreeError where another one has it.
  virtual void claim(const VisibleGpu& visible) = 0;

  // Has claimed GPUs watched over. Where that can't be, throws ZeusBaseGPUError if it must; if it
  // need not, one warning says why.
  virtual void arm(const std::vector<VisibleGpu>& gpus, bool is_required) = 0;

  // The other process that has the GPU (0: one that this container doesn't see); nothing where it
  // is free, or where nobody can know.
  [[nodiscard]] virtual std::optional<pid_t> other_holder(
      const VisibleGpu& visible) const noexcept = 0;

  // A write is about to happen. Throws ZeusFileError where it can't be noted and the GPU must be
  // guarded; if it need not, one warning says why.
  virtual void note_before_write(const GpuInfo& gpu, const SettingLedger& ledger) = 0;

  // The ledger of a claimed GPU has changed.
  virtual void note(const GpuInfo& gpu, const SettingLedger& ledger) noexcept = 0;

  virtual void release(const VisibleGpu& visible) noexcept = 0;
};

// The guard of this process's GPUs; Machine sets it. None by itself. Thread-safe.
void set_setting_guard(std::shared_ptr<SettingGuard> guard);

// Nothing where there is none, or where no other process could find this GPU.
[[nodiscard]] std::shared_ptr<SettingGuard> guard_for(const VisibleGpu& visible);

}  // namespace zeus
