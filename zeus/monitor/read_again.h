// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// A reading that fails once is read again: drivers that are busy or reset answer with an error for
// a moment. Costs nothing where the first reading succeeds.
#pragma once

#include <stop_token>

#include "zeus/clock.h"
#include "zeus/error.h"

namespace zeus {

inline constexpr int kReadingTries = 3;
inline constexpr Seconds kPauseBetweenTries{0.005};

/// Waits on the calling thread before the next try.
inline void pause_before_next_try(Clock& clock) {
  clock.sleep_until(clock.monotonic() + kPauseBetweenTries, std::stop_token());
}

/// Whether another try can help: not where the device doesn't have it or this process may not.
[[nodiscard]] inline bool is_worth_another_try(const ZeusBaseError& error) {
  return dynamic_cast<const ZeusGPUNotSupportedError*>(&error) == nullptr &&
         dynamic_cast<const ZeusGPUNoPermissionError*>(&error) == nullptr &&
         dynamic_cast<const ZeusCPUNoPermissionError*>(&error) == nullptr &&
         dynamic_cast<const ZeusForkError*>(&error) == nullptr;
}

/// Calls `read(now)`, up to three times, 5 ms apart. Throws the last error. `now` is the time by
/// `clock`.
template <class Read>
auto read_again_on_failure(Clock& clock, Seconds now, const Read& read) {
  for (int tries = 1;; ++tries) {
    try {
      return read(now);
    } catch (const ZeusBaseError& error) {
      if (tries == kReadingTries || !is_worth_another_try(error)) throw;
    }
    pause_before_next_try(clock);
    now = clock.monotonic();
  }
}

}  // namespace zeus
