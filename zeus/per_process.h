// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// An object of which each process has one, never destroyed: exit handlers use it. A forked child
// gets its own and leaves the parent's alone: a thread that the child doesn't have may hold a mutex
// of it.
#pragma once

#include <atomic>

#include "zeus/fork_check.h"

namespace zeus {

// This process's T. Give each use a type of its own.
template <class T>
[[nodiscard]] T& per_process() {
  struct Owned {
    ForkCheck fork_check;
    T object;
  };
  static std::atomic<Owned*> current{new Owned};
  Owned* owned = current.load();
  if (!owned->fork_check.forked()) return owned->object;
  auto* const own = new Owned;
  if (current.compare_exchange_strong(owned, own)) return own->object;
  delete own;  // another thread of this child was faster
  return owned->object;
}

}  // namespace zeus
