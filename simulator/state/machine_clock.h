// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A machine's time, real or virtual, and the waiting in it. In virtual time the waits of one
// process make a discrete-event simulation: who waits in earnest (a step, a driver call, a sleep
// without a stop flag) moves the time to the earliest moment that anybody waits for, and goes on
// only when the background threads which that woke wait again. A background thread is one that
// sleeps with a stop flag; alone it moves nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace simulator {

// Where virtual time begins: not 0, which a program may take for "never".
inline constexpr std::int64_t kVirtualBeginNs = 1'000'000'000'000;

[[nodiscard]] std::int64_t real_monotonic_ns();
[[nodiscard]] std::int64_t real_unix_ns();

enum class WaitKind {
  kStep,        // moves the time; woken background threads are waited for
  kDriverCall,  // the same, but not for long: the caller may hold what they need
  kBackground,  // moves nothing
};

// Blocks until `*now` reaches what `deadline` says (asked again whenever something happened).
void wait_in_virtual_time(std::atomic<std::int64_t>& now,
                          const std::function<std::int64_t()>& deadline, WaitKind kind,
                          const int* stop = nullptr);

// The same on CLOCK_MONOTONIC.
void wait_in_real_time(const std::function<std::int64_t()>& deadline, const int* stop = nullptr);

// Makes those who wait look at their stop flags.
void wake_waiting();

// How many threads of this process are in a wait with a stop flag.
[[nodiscard]] int background_waits();

// Called around fork(): the child has none of its parent's threads.
void before_fork();
void after_fork_in_parent();
void after_fork_in_child();

}  // namespace simulator
