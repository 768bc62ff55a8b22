// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How often a user may write: so many at once, and so many a second after that. Pure but for the
// time that is handed in. Not thread-safe.
#pragma once

#include <chrono>
#include <map>

#include "zeus/daemon/server/policy.h"

namespace zeus::daemon {

class WriteRate {
 public:
  using Instant = std::chrono::milliseconds;

  // Whether `count` more writes are within the rate; they are counted only where they are.
  [[nodiscard]] bool allows(unsigned user, double count, const WriteRateTerms& terms, Instant now);

 private:
  struct Account {
    double left = 0;
    Instant seen{};
  };

  std::map<unsigned, Account> accounts_;
};

}  // namespace zeus::daemon
