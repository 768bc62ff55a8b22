// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The guard of a real job: the GPU's lock (gpu_lock.h), the journal on the disk, and a process that
// outlives this one. Where one of them can't be had the job tunes on unguarded, unless a guard is
// required, and one warning says what a job that is killed would leave. In a forked child nothing
// is done: the settings are the parent's. Thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "zeus/fork_check.h"
#include "zeus/guard/gpu_lock.h"
#include "zeus/guard/guard_process.h"
#include "zeus/guard/setting_guard.h"
#include "zeus/guard/setting_journal.h"
#include "zeus/log.h"

namespace zeus {

class JobGuard final : public SettingGuard {
 public:
  // `program`: find_guard_program()'s. An empty folder or program can't be had.
  JobGuard(std::filesystem::path folder, std::filesystem::path program);

  [[nodiscard]] const SettingJournal& journal() const { return journal_; }

  void recover(const VisibleGpu& visible) noexcept override;
  void claim(const VisibleGpu& visible) override;
  void arm(const std::vector<VisibleGpu>& gpus, bool is_required) override;
  [[nodiscard]] std::optional<pid_t> other_holder(
      const VisibleGpu& visible) const noexcept override;
  void note_before_write(const GpuInfo& gpu, const SettingLedger& ledger) override;
  void note(const GpuInfo& gpu, const SettingLedger& ledger) noexcept override;
  void release(const VisibleGpu& visible) noexcept override;

 private:
  class Turn;
  struct ClaimedGpu {
    std::shared_ptr<GpuLock> lock;
    bool must_be_guarded = false;
    bool has_entry = false;  // in the journal
  };

  // With the mutex. Throw ZeusFileError.
  void lock(const VisibleGpu& visible);
  void finish_earlier_job(const VisibleGpu& visible);
  void start_watching(const std::vector<std::string>& uuids);
  [[nodiscard]] ClaimedGpu* find_claimed(const GpuInfo& gpu);
  void write(const GpuInfo& gpu, const SettingLedger& ledger, ClaimedGpu& claimed) const;
  void unlock(const std::string& uuid) noexcept;
  // One warning, whatever happens later.
  void warn_once(const std::string& why);

  const ForkCheck fork_check_;
  const SettingJournal journal_;
  const std::filesystem::path program_;
  const JobIdentity job_;

  std::mutex mutex_;
  std::map<std::string, ClaimedGpu> claimed_;  // by UUID
  std::unique_ptr<GuardProcess> process_;
  bool has_warned_ = false;
  std::vector<std::pair<LogLevel, std::string>> to_log_;
};

// Has this process's GPUs guarded from now on with this folder and program.
void use_job_guard(const std::filesystem::path& folder, const std::filesystem::path& program);

}  // namespace zeus
