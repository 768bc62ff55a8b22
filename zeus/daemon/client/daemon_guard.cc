// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/client/daemon_guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
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

// This process's, by the daemon's socket.
struct DaemonGuards {
  std::mutex mutex;
  std::map<std::filesystem::path, std::shared_ptr<DaemonGuard>> all;
};

}  // namespace

DaemonGuard::DaemonGuard(std::shared_ptr<DaemonClient> daemon)
    : daemon_(std::move(daemon)),
      heart_([this](const std::stop_token& stop, bool is_resumed) { beat(stop, is_resumed); }, {}) {
}

void DaemonGuard::claim(const VisibleGpu& visible) {
  if (fork_check_.forked()) return;
  const GpuInfo& gpu = visible.gpu->info();
  if (!daemon_->acquire(gpu, visible.index)) return;  // arm() says so
  const std::lock_guard turn(turn_mutex_);
  {
    const std::lock_guard lock(mutex_);
    leased_.insert(gpu.uuid);
  }
  heart_.start();
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
  {
    const std::lock_guard turn(turn_mutex_);
    bool is_last = false;
    {
      const std::lock_guard lock(mutex_);
      if (leased_.erase(gpu.uuid) == 0) return;
      is_last = leased_.empty();
    }
    if (is_last) heart_.stop();
  }
  try {
    daemon_->release(gpu);
  } catch (const std::exception& error) {
    log(LogLevel::kWarning, kLogger,
        fmt::format("The lease of GPU {} could not be handed back, and ends with this process: {}.",
                    visible.index, error.what()));
  }
}

void DaemonGuard::beat(const std::stop_token& stop, bool is_resumed) {
  using std::chrono::steady_clock;
  // A program that forks often beats as often as another.
  if (!is_resumed) next_beat_ = steady_clock::now() + kHeartbeatPeriod;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_until(lock, stop, next_beat_, [] { return false; }) &&
         !stop.stop_requested()) {
    next_beat_ = steady_clock::now() + kHeartbeatPeriod;
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
