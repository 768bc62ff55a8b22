// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/setting_guard.h"

#include <mutex>
#include <utility>

namespace zeus {
namespace {

struct Current {
  std::mutex mutex;
  std::shared_ptr<SettingGuard> guard;
};

// Never destroyed: exit handlers use it.
Current& current() {
  static auto* const one = new Current;
  return *one;
}

}  // namespace

void set_setting_guard(std::shared_ptr<SettingGuard> guard) {
  Current& now = current();
  const std::lock_guard lock(now.mutex);
  now.guard.swap(guard);
}

std::shared_ptr<SettingGuard> guard_for(const VisibleGpu& visible) {
  if (!visible.gpu->info().is_found_by_uuid) return nullptr;
  Current& now = current();
  const std::lock_guard lock(now.mutex);
  return now.guard;
}

}  // namespace zeus
