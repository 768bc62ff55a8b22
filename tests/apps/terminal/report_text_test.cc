// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// The parts that write numbers and tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/commands/selector_choice.h"
#include "apps/terminal/number_format.h"
#include "apps/terminal/terminal.h"
#include "apps/terminal/text_table.h"

namespace zeus::apps {
namespace {

TEST(NumberFormat, has_four_digits_for_the_largest_and_one_unit_for_all) {
  EXPECT_EQ(NumberFormat::for_energy(Joules(9999))(Joules(9999)), "9999 J");
  EXPECT_EQ(NumberFormat::for_energy(Joules(12'345))(Joules(12'345)), "12.35 kJ");
  EXPECT_EQ(NumberFormat::for_energy(Joules(12'345))(Joules(1)), "0.00 kJ");
  EXPECT_EQ(NumberFormat::for_energy(Joules(2.5e7))(Joules(2.5e7)), "25.00 MJ");
  EXPECT_EQ(NumberFormat::for_time(Seconds(0.02))(Seconds(0.02)), "0.02000 s");
  EXPECT_EQ(NumberFormat::for_power(Watts(0))(Watts(0)), "0 W");
}

TEST(NumberFormat, limits_keep_their_fractions_and_percents_their_sign) {
  EXPECT_EQ(format_limit(Watts(250)), "250 W");
  EXPECT_EQ(format_limit(Watts(187.5)), "187.5 W");
  EXPECT_EQ(format_limit(Watts(1000.125)), "1000.125 W");
  EXPECT_EQ(format_percent(7.26), "+7.3 %");
  EXPECT_EQ(format_percent(-0.04), "0.0 %");
  EXPECT_EQ(format_percent(-3), "-3.0 %");
}

TEST(Terminal, clips_whole_characters) {
  EXPECT_EQ(clipped("abc", 5), "abc");
  EXPECT_EQ(clipped("abc", 2), "ab");
  EXPECT_EQ(clipped("█▏c", 2), "█▏");
  EXPECT_EQ(display_width("█▏c"), 3U);
}

TEST(Terminal, wraps_words_and_never_breaks_one) {
  EXPECT_EQ(wrapped("one two three", "  ", 9), "one two\n  three");
  EXPECT_EQ(wrapped("a-very-long-word b", "  ", 8), "a-very-long-word\n  b");
  EXPECT_EQ(wrapped("", "  ", 8), "");
}

TEST(TextTable, aligns_columns_and_leaves_no_blanks_at_the_end) {
  TextTable table({{"limit"}, {"name", Align::kLeft}});
  table.add_row({"250 W", "one"});
  table.add_row({"5 W"});
  EXPECT_EQ(table.text(false), "  limit  name\n  250 W  one\n    5 W\n");
}

TEST(SelectorNames, lead_there_and_back) {
  for (const SelectorKind kind : kAllSelectors) {
    EXPECT_EQ(selector_of_name(option_name(kind)), kind);
  }
  EXPECT_EQ(selector_of_name("best"), std::nullopt);
}

TEST(Choices, are_told_against_the_highest_limit_whatever_the_order) {
  const std::vector<PowerLimitMeasurement> points{{Watts(100), Joules(80), Seconds(3)},
                                                  {Watts(200), Joules(100), Seconds(2)}};
  const auto choices = choose(kAllSelectors, {.eta_knob = 1.0}, points);
  ASSERT_EQ(choices.size(), 5U);
  EXPECT_EQ(choices[0].power_limit, Watts(100));
  EXPECT_DOUBLE_EQ(choices[0].change.energy_saving_percent, 20.0);
  EXPECT_DOUBLE_EQ(choices[0].change.slowdown_percent, 50.0);
  EXPECT_EQ(choices[1].power_limit, Watts(200));
  EXPECT_DOUBLE_EQ(choices[1].change.energy_saving_percent, 0.0);
}

}  // namespace
}  // namespace zeus::apps
