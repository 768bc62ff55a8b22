// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/setting_guard.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>
#include <utility>

#include "zeus/per_process.h"

namespace zeus {
namespace {

// Read without a lock: a forked child must not wait for a thread that it doesn't have.
std::atomic<const std::shared_ptr<SettingGuard>*> current{nullptr};

// Another thread may be reading an earlier one. They are few: one for each folder.
struct AllGuards {
  std::mutex mutex;
  std::list<std::shared_ptr<SettingGuard>> all;
};

}  // namespace

void set_setting_guard(std::shared_ptr<SettingGuard> guard) {
  auto& guards = per_process<AllGuards>();
  const std::lock_guard lock(guards.mutex);
  const auto known = std::ranges::find(guards.all, guard);
  current = known != guards.all.end() ? &*known : &guards.all.emplace_back(std::move(guard));
}

std::shared_ptr<SettingGuard> guard_for(const VisibleGpu& visible) {
  if (!visible.gpu->info().is_found_by_uuid) return nullptr;
  const std::shared_ptr<SettingGuard>* const guard = current;
  return guard != nullptr ? *guard : nullptr;
}

}  // namespace zeus
