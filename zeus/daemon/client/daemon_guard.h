// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The guard of a job whose settings zeusd writes: its lease. The daemon keeps the journal, sees the
// job end, and puts back. A thread says now and then that the job lives; in a job that is stopped
// (SIGSTOP) it doesn't, and the lease runs out. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "zeus/daemon/client/daemon_client.h"
#include "zeus/fork_check.h"
#include "zeus/fork_safe_thread.h"
#include "zeus/guard/setting_guard.h"

namespace zeus::daemon {

class DaemonGuard final : public SettingGuard {
 public:
  explicit DaemonGuard(std::shared_ptr<DaemonClient> daemon);

  void recover(const VisibleGpu& /*visible*/) noexcept override {}  // the daemon has, at its start
  void claim(const VisibleGpu& visible) override;
  void arm(const std::vector<VisibleGpu>& gpus, bool is_required) override;
  [[nodiscard]] std::optional<pid_t> other_holder(
      const VisibleGpu& visible) const noexcept override;
  void note_before_write(const GpuInfo& /*gpu*/, const SettingLedger& /*ledger*/) override {}
  void note(const GpuInfo& /*gpu*/, const SettingLedger& /*ledger*/) noexcept override {}
  void release(const VisibleGpu& visible) noexcept override;

 private:
  void beat(const std::stop_token& stop, bool is_resumed);

  const ForkCheck fork_check_;
  const std::shared_ptr<DaemonClient> daemon_;

  std::mutex turn_mutex_;  // of claim() and release(): the heart takes the other one only
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<std::string> leased_;                     // by UUID
  std::chrono::steady_clock::time_point next_beat_;  // the heart's
  ForkSafeThread heart_;                             // while something is leased
};

// Has this process's GPUs guarded from now on by the daemon's leases.
void use_daemon_guard(const std::shared_ptr<DaemonClient>& daemon);

}  // namespace zeus::daemon
