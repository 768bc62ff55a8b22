// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Lines on a terminal that are redrawn in place: one status line, or a live view of several. Each
// frame is one write (cursor up, then every line cleared and written anew), so nothing flickers and
// what stood above stays. Where the stream is no terminal nothing is drawn.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/terminal/terminal.h"

namespace zeus::apps {

class StatusLines {
 public:
  // A live view on standard output, from the first frame on.
  [[nodiscard]] static StatusLines live() { return {stdout, std::chrono::milliseconds(0), 25}; }
  // A line on standard error, for commands whose output a program reads; it appears after a second.
  [[nodiscard]] static StatusLines patient() { return {stderr, std::chrono::seconds(1), 10}; }

  StatusLines(const StatusLines&) = delete;
  StatusLines& operator=(const StatusLines&) = delete;
  ~StatusLines();

  // Whether it is time for a frame; more frames than that nobody could read.
  [[nodiscard]] bool is_due() const;

  // As many rows and columns as the terminal has. Several lines hide the cursor.
  void draw(const std::vector<StyledLine>& lines);
  // One line: a bar for `share` (0 to 1; below 0 there is none), then the words.
  void draw_progress(double share, const std::string& words);

  // Takes the lines away; what is written next stands in their place.
  void erase();
  // Erases them, then prints the warning on standard error.
  void warn(std::string_view text);
  // Erases them and shows the cursor.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  StatusLines(std::FILE* stream, Clock::duration patience, int frames_a_second);
  void write(const std::string& text);

  std::FILE* stream_;
  bool is_terminal_;
  bool colours_;
  Clock::duration period_;
  Clock::time_point due_at_;
  std::optional<std::size_t> drawn_line_feeds_;  // none: nothing is drawn
  bool is_cursor_hidden_ = false;
};

// What shows how a command gets on: status lines, and warnings between them.
class StatusView {
 public:
  StatusView(const StatusView&) = delete;
  StatusView& operator=(const StatusView&) = delete;
  virtual ~StatusView() = default;

  void warn(std::string_view text) { status_.warn(text); }

 protected:
  // `is_live`: drawn on standard output, else on standard error.
  explicit StatusView(bool is_live)
      : status_(is_live ? StatusLines::live() : StatusLines::patient()) {}

  StatusLines status_;
};

// A bar of character cells, with eighths of a cell where the terminal has UTF-8, and filled up.
inline constexpr std::size_t kTrackColumns = 30;
[[nodiscard]] std::string track(double share, bool utf8);

}  // namespace zeus::apps
