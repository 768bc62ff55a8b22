// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "apps/terminal/terminal.h"
#include "tests/apps/zeus_program.h"

namespace zeus::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHideCursor = "\x1b[?25l";
constexpr const char* kShowCursor = "\x1b[?25h";

RunOptions terminal() {
  return {.environment = {{"TERM", "xterm-256color"},
                          {"NO_COLOR", std::nullopt},
                          {"LC_ALL", "C.UTF-8"}},
          .on_terminal = true};
}

// What was drawn while the cursor was hidden.
std::string live_part(const std::string& out) {
  const auto begin = out.find(kHideCursor);
  const auto end = out.find(kShowCursor);
  EXPECT_NE(begin, std::string::npos);
  EXPECT_NE(end, std::string::npos);
  return out.substr(begin, end - begin);
}

TEST(DemoOnTerminal, draws_a_live_view_then_the_report_and_leaves_the_cursor_shown) {
  const Outcome outcome = run_zeus({"demo", "--fast"}, terminal());
  EXPECT_EQ(outcome.status, 0);
  const std::string live = live_part(outcome.out);
  EXPECT_THAT(live, AllOf(HasSubstr("Warming up"), HasSubstr("Measuring"),
                          HasSubstr("limit 7 of 7"), HasSubstr("Best limit"), HasSubstr("█")));
  const std::string after = outcome.out.substr(outcome.out.find(kShowCursor));
  EXPECT_THAT(after, AllOf(Not(HasSubstr(kHideCursor)), HasSubstr("What each selector picks"),
                           HasSubstr("\x1b[1m"), HasSubstr("are back: 4 x 250 W")));
}

TEST(DemoOnTerminal, no_color_is_respected) {
  RunOptions options = terminal();
  options.environment["NO_COLOR"] = "1";
  const Outcome outcome = run_zeus({"demo", "--fast"}, options);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr(kShowCursor), Not(HasSubstr("\x1b[0m"))));
}

TEST(DemoOnTerminal, a_dumb_terminal_gets_plain_lines) {
  RunOptions options = terminal();
  options.environment["TERM"] = "dumb";
  const Outcome outcome = run_zeus({"demo", "--fast"}, options);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, AllOf(Not(HasSubstr("\x1b")), HasSubstr("limit 7 of 7:")));
}

TEST(DemoOnTerminal, without_utf8_bars_are_ascii) {
  RunOptions options = terminal();
  options.environment["LC_ALL"] = "C";
  const Outcome outcome = run_zeus({"demo", "--fast"}, options);
  EXPECT_THAT(outcome.out, Not(HasSubstr("█")));
  EXPECT_THAT(live_part(outcome.out), HasSubstr("##"));
}

TEST(DemoOnTerminal, the_live_view_stays_within_a_small_terminal) {
  RunOptions options = terminal();
  options.rows = 9;
  options.columns = 40;
  const Outcome outcome = run_zeus({"demo", "--fast"}, options);
  EXPECT_EQ(outcome.status, 0);
  const std::string live = live_part(outcome.out);
  EXPECT_THAT(live, Not(HasSubstr("\x1b[9A"))) << "more rows than there are";
  std::istringstream lines(without_escapes(live));
  int counted = 0;
  for (std::string line; std::getline(lines, line); ++counted) {
    // The carriage return moves back, it takes no column.
    std::erase(line, '\r');
    EXPECT_LE(apps::display_width(line), 40U) << line;
  }
  EXPECT_GT(counted, 8);
}

TEST(DemoOnTerminal, control_c_ends_it_in_order_with_the_cursor_shown) {
  RunningZeus zeus({"demo"}, terminal());
  ASSERT_TRUE(zeus.wait_until(
      [](const std::string& out) { return out.find("limit 3 of 7") != std::string::npos; }));
  zeus.type("\x03");
  const Outcome outcome = zeus.wait();
  EXPECT_EQ(outcome.status, 130);
  EXPECT_GT(outcome.out.rfind(kShowCursor), outcome.out.rfind(kHideCursor));
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("Interrupted after"), HasSubstr("are back: 4 x 250 W")));
}

}  // namespace
}  // namespace zeus::testing
