// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/late_writes.h"

#include <thread>
#include <utility>

namespace zeus::daemon {
namespace {

constexpr std::size_t kMostWaiting = 64;

}  // namespace

LateWrites::~LateWrites() {
  std::unique_lock lock(core_->mutex);
  core_->waiting.clear();
  core_->changed.wait(lock, [this] { return !core_->is_running; });
}

bool LateWrites::add(std::function<void()> write) {
  const std::lock_guard lock(core_->mutex);
  if (core_->waiting.size() >= kMostWaiting) return false;
  core_->waiting.push_back(std::move(write));
  // Nobody waits for its end: it may hang in the driver.
  if (!std::exchange(core_->is_running, true)) std::thread(run, core_).detach();
  return true;
}

bool LateWrites::finish(std::chrono::milliseconds patience) {
  std::unique_lock lock(core_->mutex);
  return core_->changed.wait_for(lock, patience, [this] { return !core_->is_running; });
}

void LateWrites::run(const std::shared_ptr<Core>& core) {
  std::unique_lock lock(core->mutex);
  while (!core->waiting.empty()) {
    const std::function<void()> write = std::move(core->waiting.front());
    core->waiting.pop_front();
    lock.unlock();
    write();
    lock.lock();
  }
  core->is_running = false;
  core->changed.notify_all();
}

}  // namespace zeus::daemon
