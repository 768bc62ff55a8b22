// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/setting_ledger.h"

#include <cmath>

namespace zeus {

bool is_rounded(const KnobSetting& present, const KnobSetting& wanted) {
  // What is further away is not a driver's rounding.
  constexpr double kMostRoundedWatts = 1.0;
  return present.locked_clock == wanted.locked_clock &&
         std::abs((present.power_limit - wanted.power_limit).value()) < kMostRoundedWatts;
}

void SettingLedger::begin_write(const KnobSetting& before, const KnobSetting& wanted) {
  before_ = before;
  written_ = wanted;
}

void SettingLedger::end_write(const KnobSetting& present) {
  written_ = present;
  before_.reset();
}

void SettingLedger::settle() {
  written_.reset();
  before_.reset();
}

bool SettingLedger::knows(const KnobSetting& present) const {
  if (present == prior_ || present == written_ || present == before_) return true;
  return before_ && written_ && is_rounded(present, *written_);
}

SettingLedger::Verdict SettingLedger::verdict(const std::optional<KnobSetting>& present) const {
  if (!present) return written_ ? Verdict::kRestore : Verdict::kNothing;
  if (*present == prior_) return Verdict::kNothing;
  return knows(*present) ? Verdict::kRestore : Verdict::kForeign;
}

}  // namespace zeus
