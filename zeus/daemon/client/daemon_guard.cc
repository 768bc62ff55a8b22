// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/client/daemon_guard.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <map>
#include <utility>

#include "zeus/error.h"
#include "zeus/log.h"
#include "zeus/per_process.h"

namespace zeus::daemon {
namespace {

constexpr const char* kLogger = "zeus.guard";

// A lease lasts 30 s after the last one unless its operator says otherwise; they may say 5 s.
constexpr std::chrono::seconds kHeartbeatPeriod{2};

// The program's signals are its own threads' to take.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// This process's, by the daemon's socket.
struct DaemonGuards {
  std::mutex mutex;
  std::map<std::filesystem::path, std::shared_ptr<DaemonGuard>> all;
};

}  // namespace

void DaemonGuard::claim(const VisibleGpu& visible) {
  if (fork_check_.forked()) return;
  const GpuInfo& gpu = visible.gpu->info();
  if (!daemon_->acquire(gpu, visible.index)) return;  // arm() says so
  const std::lock_guard lock(mutex_);
  leased_.insert(gpu.uuid);
  if (heart_.joinable()) return;
  const BlockedSignals blocked;
  heart_ = std::jthread([this](const std::stop_token& stop) { beat(stop); });
}

void DaemonGuard::arm(const std::vector<VisibleGpu>& gpus, bool is_required) {
  if (fork_check_.forked()) return;
  const auto are_all_leased = [this, &gpus] {
    const std::lock_guard lock(mutex_);
    return std::ranges::all_of(gpus, [this](const VisibleGpu& visible) {
      return leased_.contains(visible.gpu->info().uuid);
    });
  };
  if (are_all_leased()) return;
  const std::string what = fmt::format(
      "zeusd at {} does not notice the end of a job: if this one is killed, the power limit that "
      "it "
      "has set stays",
      daemon_->socket().string());
  if (is_required) throw ZeusBaseGPUError(what);
  log(LogLevel::kWarning, kLogger, what + ".");
}

std::optional<pid_t> DaemonGuard::other_holder(const VisibleGpu& visible) const noexcept {
  if (fork_check_.forked()) return std::nullopt;
  try {
    return daemon_->other_holder(visible.gpu->info());
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

void DaemonGuard::release(const VisibleGpu& visible) noexcept {
  if (fork_check_.forked()) return;
  const GpuInfo& gpu = visible.gpu->info();
  std::jthread heart;
  {
    const std::lock_guard lock(mutex_);
    if (leased_.erase(gpu.uuid) == 0) return;
    if (leased_.empty()) heart = std::move(heart_);
  }
  if (heart.joinable()) {
    heart.request_stop();
    heart.join();
  }
  try {
    daemon_->release(gpu);
  } catch (const std::exception& error) {
    log(LogLevel::kWarning, kLogger,
        fmt::format("The lease of GPU {} could not be handed back, and ends with this process: {}.",
                    visible.index, error.what()));
  }
}

void DaemonGuard::beat(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, stop, kHeartbeatPeriod, [] { return false; }) &&
         !stop.stop_requested()) {
    lock.unlock();
    try {
      daemon_->heartbeat();
    } catch (const std::exception& error) {
      // What follows shows at the next write: there is nothing to be done about it here.
      log(LogLevel::kDebug, kLogger, error.what());
    }
    lock.lock();
  }
}

void use_daemon_guard(const std::shared_ptr<DaemonClient>& daemon) {
  auto& guards = per_process<DaemonGuards>();
  const std::lock_guard lock(guards.mutex);
  std::shared_ptr<DaemonGuard>& guard = guards.all[daemon->socket()];
  if (!guard) guard = std::make_shared<DaemonGuard>(daemon);
  set_setting_guard(guard);
}

}  // namespace zeus::daemon
