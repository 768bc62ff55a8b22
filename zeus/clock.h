// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the library gets its time from. A clock is handed to what needs one, so that tests and the
// demo can run a whole sweep in virtual time. Thread-safe: all methods may be called concurrently.
#pragma once

#include <memory>
#include <stop_token>

#include "zeus/units.h"

namespace zeus {

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  // Seconds since an arbitrary origin; never goes back. For durations.
  [[nodiscard]] virtual Seconds monotonic() const = 0;

  // Seconds since 1970-01-01 00:00 UTC. For timestamps that are reported; may jump.
  [[nodiscard]] virtual Seconds unix_time() const = 0;

  // Blocks until `monotonic()` reaches `deadline` or `stop` is requested, whichever is first.
  virtual void sleep_until(Seconds deadline, std::stop_token stop) = 0;
};

// The machine's clock: CLOCK_MONOTONIC and CLOCK_REALTIME.
[[nodiscard]] std::shared_ptr<Clock> system_clock();

}  // namespace zeus
