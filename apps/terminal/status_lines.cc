// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/status_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apps/terminal/number_format.h"

namespace zeus::apps {
namespace {

constexpr int kMostColumns = 80;

// Moves the cursor to the start of the first line, up so many lines.
std::string back_over(std::size_t line_feeds) {
  return line_feeds > 0 ? fmt::format("\x1b[{}A\r", line_feeds) : "\r";
}

}  // namespace

std::string track(double share, bool utf8) {
  static constexpr std::array kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double cells = std::clamp(share, 0.0, 1.0) * kTrackColumns;
  const auto whole = static_cast<std::size_t>(cells);
  std::string text;
  for (std::size_t i = 0; i < whole; ++i) text += utf8 ? "█" : "#";
  if (utf8) text += kEighths.at(static_cast<std::size_t>((cells - static_cast<double>(whole)) * 8));
  for (std::size_t i = display_width(text); i < kTrackColumns; ++i) text += utf8 ? "░" : ".";
  return text;
}

StatusLines::~StatusLines() {
  try {
    finish();
  } catch (const OutputError&) {  // NOLINT(bugprone-empty-catch): nobody sees the lines
  }
}

StatusLines::StatusLines(std::FILE* stream, Clock::duration patience, int frames_a_second)
    : stream_(stream),
      is_terminal_(can_draw(fileno(stream))),
      colours_(wants_colours(fileno(stream))),
      period_(std::chrono::milliseconds(1000) / frames_a_second),
      due_at_(Clock::now() + patience) {}

bool StatusLines::is_due() const { return is_terminal_ && Clock::now() >= due_at_; }

void StatusLines::draw(const std::vector<StyledLine>& lines) {
  if (!is_terminal_) return;
  due_at_ = Clock::now() + period_;
  // The last row and column stay free: writing there scrolls. A single line ends without a line
  // feed, so that it takes no more room than itself.
  const bool is_block = lines.size() > 1;
  const TerminalSize size = terminal_size(fileno(stream_));
  const auto rows = std::min(lines.size(), static_cast<std::size_t>(std::max(size.rows - 1, 1)));
  const auto columns = static_cast<std::size_t>(std::clamp(size.columns - 1, 1, kMostColumns));
  std::string frame;
  if (is_block && !std::exchange(is_cursor_hidden_, true)) frame += "\x1b[?25l";
  frame += back_over(drawn_line_feeds_.value_or(0));
  for (std::size_t i = 0; i < rows; ++i) {
    frame += styled(clipped(lines[i].text, columns), lines[i].look, colours_) + "\x1b[K";
    if (is_block) frame += '\n';
  }
  drawn_line_feeds_ = is_block ? rows : 0;
  write(is_block ? frame + "\x1b[J" : frame);
}

void StatusLines::draw_progress(double share, const std::string& words) {
  if (is_due()) draw({{(share < 0 ? "" : track(share, speaks_utf8()) + " ") + words}});
}

void StatusLines::erase() {
  if (!drawn_line_feeds_) return;
  write(back_over(*drawn_line_feeds_) + (*drawn_line_feeds_ > 0 ? "\x1b[J" : "\x1b[K"));
  drawn_line_feeds_.reset();
}

void StatusLines::warn(std::string_view text) {
  erase();
  print_message(fmt::format("zeus: warning: {}\n", printable(std::string(text))));
}

void StatusLines::finish() {
  erase();
  if (std::exchange(is_cursor_hidden_, false)) write("\x1b[?25h");
}

// A status line that nobody can see is no reason to end.
void StatusLines::write(const std::string& text) {
  if (stream_ == stderr) return print_message(text);
  print(text, stream_);
}

}  // namespace zeus::apps
