// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/write_rate.h"

#include <algorithm>

namespace zeus::daemon {

bool WriteRate::allows(unsigned user, double count, const WriteRateTerms& terms, Instant now) {
  const auto refilled = [&](const Account& account) {
    const std::chrono::duration<double> passed = std::max(now - account.seen, Instant::zero());
    return std::min(terms.burst, account.left + passed.count() * terms.per_second);
  };
  // Whoever has all of it again is as one who was never seen.
  std::erase_if(accounts_, [&](const auto& each) { return refilled(each.second) >= terms.burst; });
  const auto [found, is_new] = accounts_.try_emplace(user, Account{terms.burst, now});
  Account& account = found->second;
  account = {.left = refilled(account), .seen = now};
  // A write to more GPUs than the burst must be possible: after a pause.
  if (account.left < std::min(count, terms.burst)) return false;
  account.left -= count;
  return true;
}

}  // namespace zeus::daemon
