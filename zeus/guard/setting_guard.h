// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What watches over the settings of this process's GPUs for the case that it is killed, as
// prior_settings sees it: a GPU is claimed before its first write, each write is noted before it
// happens, and the GPU is released at the end. job_guard.h is the one for real machines.
#pragma once

#include <memory>

#include "zeus/device/gpu.h"
#include "zeus/guard/setting_ledger.h"

namespace zeus {

class SettingGuard {
 public:
  SettingGuard() = default;
  SettingGuard(const SettingGuard&) = delete;
  SettingGuard& operator=(const SettingGuard&) = delete;
  virtual ~SettingGuard() = default;

  // Finishes what a job that was killed, and its guard too, left to do on this GPU; waits for one
  // that is at it. Logs what came of it.
  virtual void recover(const VisibleGpu& visible) noexcept = 0;

  // Throws ZeusBaseGPUError where another process has the GPU, or where it can't be guarded and
  // must; where it need not be, one warning says why.
  virtual void claim(const VisibleGpu& visible, bool is_required) = 0;

  // The ledger of a claimed GPU has changed.
  virtual void note(const GpuInfo& gpu, const SettingLedger& ledger) noexcept = 0;

  virtual void release(const VisibleGpu& visible) noexcept = 0;
};

// The guard of this process's GPUs; Machine sets it. None by itself. Thread-safe.
void set_setting_guard(std::shared_ptr<SettingGuard> guard);

// Nothing where there is none, or where no other process could find this GPU.
[[nodiscard]] std::shared_ptr<SettingGuard> guard_for(const VisibleGpu& visible);

}  // namespace zeus
