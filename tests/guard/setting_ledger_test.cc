// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Whose setting it is, on literal histories.
#include "zeus/guard/setting_ledger.h"

#include <gtest/gtest.h>

#include <optional>

namespace zeus::testing {
namespace {

using Verdict = SettingLedger::Verdict;

KnobSetting at(double watts) { return {.power_limit = Watts(watts)}; }

TEST(SettingLedger, before_any_write_there_is_nothing_to_put_back) {
  const SettingLedger ledger(at(250));
  EXPECT_EQ(ledger.verdict(at(250)), Verdict::kNothing);
  EXPECT_EQ(ledger.verdict(at(200)), Verdict::kForeign);
  EXPECT_EQ(ledger.verdict(std::nullopt), Verdict::kNothing);
}

TEST(SettingLedger, what_was_written_is_put_back) {
  SettingLedger ledger(at(250));
  ledger.begin_write(at(250), at(150));
  ledger.end_write(at(150));
  EXPECT_EQ(ledger.verdict(at(150)), Verdict::kRestore);
  EXPECT_EQ(ledger.verdict(at(250)), Verdict::kNothing);
  EXPECT_EQ(ledger.verdict(at(180)), Verdict::kForeign);
  EXPECT_EQ(ledger.verdict(std::nullopt), Verdict::kRestore) << "throttled is the greater harm";
}

TEST(SettingLedger, the_setting_before_is_ours_only_while_a_write_is_in_flight_or_has_failed) {
  SettingLedger ledger(at(250));
  ledger.begin_write(at(250), at(150));
  ledger.end_write(at(150));
  ledger.begin_write(at(150), at(125));
  EXPECT_EQ(ledger.verdict(at(150)), Verdict::kRestore);
  EXPECT_EQ(ledger.verdict(at(125)), Verdict::kRestore);
  ledger.end_write(at(125));
  EXPECT_EQ(ledger.verdict(at(150)), Verdict::kForeign) << "somebody set our old limit again";
  EXPECT_EQ(ledger.verdict(at(125)), Verdict::kRestore);
}

TEST(SettingLedger, a_driver_that_rounds_has_the_last_word) {
  SettingLedger ledger(at(250));
  ledger.begin_write(at(250), at(187.5));
  ledger.end_write(at(187));
  EXPECT_EQ(ledger.verdict(at(187)), Verdict::kRestore);
  EXPECT_EQ(ledger.verdict(at(187.5)), Verdict::kForeign);
}

TEST(SettingLedger, once_settled_nothing_is_ours) {
  SettingLedger ledger(at(250));
  ledger.begin_write(at(250), at(150));
  ledger.end_write(at(150));
  ledger.settle();
  EXPECT_EQ(ledger.verdict(at(150)), Verdict::kForeign);
  EXPECT_EQ(ledger.verdict(std::nullopt), Verdict::kNothing);
  EXPECT_FALSE(ledger.written());
}

TEST(SettingLedger, a_locked_clock_is_part_of_the_setting) {
  SettingLedger ledger(at(250));
  const KnobSetting locked{.power_limit = Watts(250), .locked_clock = MegaHertz(1200)};
  ledger.begin_write(at(250), locked);
  ledger.end_write(locked);
  EXPECT_EQ(ledger.verdict(locked), Verdict::kRestore);
  EXPECT_EQ(ledger.verdict(at(250)), Verdict::kNothing);
}

}  // namespace
}  // namespace zeus::testing
