// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/guard/setting_ledger.h"

namespace zeus {

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
  return present == prior_ || present == written_ || present == before_;
}

SettingLedger::Verdict SettingLedger::verdict(const std::optional<KnobSetting>& present) const {
  if (!present) return written_ ? Verdict::kRestore : Verdict::kNothing;
  if (*present == prior_) return Verdict::kNothing;
  return knows(*present) ? Verdict::kRestore : Verdict::kForeign;
}

}  // namespace zeus
