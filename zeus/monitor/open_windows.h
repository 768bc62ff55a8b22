// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The monitor's open windows by name. Thread-safe; its lock is only held for the look-up, so that
// no thread waits for another's driver calls. The memory of closed windows is used again: in the
// steady state a begin/end pair allocates nothing here.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zeus/monitor/energy_reader.h"
#include "zeus/units.h"

namespace zeus {

struct OpenWindow {
  Seconds start_unix;
  Seconds start;                     // monotonic
  std::vector<EnergyReading> begin;  // one per device: the GPUs, then the CPU packages
};

class OpenWindows {
 public:
  // A window outside the table: not yet open, or just closed.
  using Handle = std::map<std::string, OpenWindow, std::less<>>::node_type;

  [[nodiscard]] bool contains(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    return windows_.find(name) != windows_.end();
  }

  // A window to be filled and given to open(), used before or new. Empty where one of that name is
  // open, unless `replace`.
  [[nodiscard]] Handle prepare(std::string_view name, bool replace) {
    Handle handle;
    {
      const std::lock_guard lock(mutex_);
      if (!replace && windows_.find(name) != windows_.end()) return handle;
      if (!spare_.empty()) {
        handle = std::move(spare_.back());
        spare_.pop_back();
      }
    }
    if (handle.empty()) {
      std::map<std::string, OpenWindow, std::less<>> one;
      one.try_emplace(std::string(name));
      return one.extract(one.begin());
    }
    handle.key().assign(name);
    return handle;
  }

  // Where a window of that name was opened meanwhile: takes its place if `replace`, else returns
  // false and changes nothing.
  [[nodiscard]] bool open(Handle handle, bool replace) {
    const std::lock_guard lock(mutex_);
    auto result = windows_.insert(std::move(handle));
    if (!result.inserted && replace) result.position->second = std::move(result.node.mapped());
    return result.inserted || replace;
  }

  // Takes a window out; empty where none of that name is open.
  [[nodiscard]] Handle take(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = windows_.find(name);
    return found == windows_.end() ? Handle() : windows_.extract(found);
  }

  // Hands back the memory of a window that was taken.
  void recycle(Handle handle) {
    const std::lock_guard lock(mutex_);
    if (spare_.size() < kMaxSpare) spare_.push_back(std::move(handle));
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    windows_.clear();
  }

 private:
  static constexpr std::size_t kMaxSpare = 16;

  mutable std::mutex mutex_;
  std::map<std::string, OpenWindow, std::less<>> windows_;
  std::vector<Handle> spare_;
};

}  // namespace zeus
