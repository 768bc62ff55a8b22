// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The one rule for whose setting a GPU has. A ledger is the history of one GPU as far as one writer
// had a part in it: the setting before the first write (the user's), the last one written, and,
// while a write is in flight or has failed, the one before it, because such a write may or may not
// have reached the device. Given the setting that is there now, it answers what to put back. Pure:
// it calls no driver and knows no clock. Not thread-safe.
#pragma once

#include <optional>

#include "zeus/device/knob.h"

namespace zeus {

class SettingLedger {
 public:
  enum class Verdict {
    kNothing,  // the user's setting is there
    kRestore,  // a setting of this writer is there: put the user's back
    kForeign,  // somebody else's is there: report it, leave it
  };

  // `prior`: the user's setting, as read before the first write.
  explicit SettingLedger(const KnobSetting& prior) : prior_(prior) {}

  [[nodiscard]] const KnobSetting& prior() const { return prior_; }

  // The last setting written; nothing where nothing of this writer can be on the device.
  [[nodiscard]] const std::optional<KnobSetting>& written() const { return written_; }

  // The setting before a write that is in flight or has failed.
  [[nodiscard]] const std::optional<KnobSetting>& before() const { return before_; }

  // A write of `wanted` begins; `before` is on the device. Until end_write() either may be there.
  void begin_write(const KnobSetting& before, const KnobSetting& wanted);

  // The write succeeded and `present` is on the device (a driver may round what was wanted). A
  // write that failed is not ended: both settings stay this writer's.
  void end_write(const KnobSetting& present);

  // Nothing on the device is this writer's any more: the user's setting is back, or somebody else's
  // is there.
  void settle();

  // `present` is the user's setting or one of this writer's. What a write that is in flight wanted
  // may have been rounded by the driver.
  [[nodiscard]] bool knows(const KnobSetting& present) const;

  // `present`: the setting on the device; nothing where it can't be read. Then a setting that this
  // writer wrote counts as still there: a GPU left throttled is the greater harm.
  [[nodiscard]] Verdict verdict(const std::optional<KnobSetting>& present) const;

 private:
  KnobSetting prior_;
  std::optional<KnobSetting> written_;
  std::optional<KnobSetting> before_;  // only while a write is in flight or has failed
};

// A driver may set a little more or less than what was wanted.
[[nodiscard]] bool is_rounded(const KnobSetting& present, const KnobSetting& wanted);

}  // namespace zeus
