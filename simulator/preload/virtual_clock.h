// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The two halves of libzeus-virtual-clock.so: what the simulated driver beside it knows of the
// time, and who asks. Thread-safe.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>

namespace simulator::virtual_clock {

inline constexpr std::int64_t kSecond = 1'000'000'000;

enum class Kind { kMonotonic, kUnix };
// None: a clock that stays real, like a process's processor time.
[[nodiscard]] std::optional<Kind> kind_of(clockid_t clock);

// None where time is real: inside the driver, which waits for real threads, and where there is no
// machine.
[[nodiscard]] std::optional<std::int64_t> now_ns(Kind kind);
// Moves the time to `deadline_ns` of the monotonic clock, as a wait in virtual time does.
void sleep_until_ns(std::int64_t deadline_ns);

// CLOCK_MONOTONIC, whatever the program sees.
[[nodiscard]] std::int64_t real_now_ns();

[[nodiscard]] inline std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * kSecond + time.tv_nsec;
}
[[nodiscard]] inline timespec timespec_of(std::int64_t ns) {
  return {.tv_sec = ns / kSecond, .tv_nsec = ns % kSecond};
}

// The function of that name which a program would call without this library.
[[nodiscard]] void* next_function(const char* name);
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(next_function(name));
}

}  // namespace simulator::virtual_clock
