// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// How far something is, as one line on standard error: for commands whose standard output is for a
// program. Drawn where that is a terminal and after a second, taken away at the end.
#pragma once

#include <chrono>
#include <string>

namespace zeus::apps {

// A bar of character cells, with eighths of a cell where the terminal has UTF-8, and filled up.
[[nodiscard]] std::string track(double share, std::size_t columns, bool utf8);

class ProgressLine {
 public:
  ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  // `share` from 0 to 1; below 0: not known, so no bar.
  void show(double share, const std::string& words);

  // Takes the line away, before something else is written.
  void erase();

 private:
  using Clock = std::chrono::steady_clock;

  const bool is_terminal_;
  const bool utf8_;
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point drawn_at_;
  bool is_drawn_ = false;
};

}  // namespace zeus::apps
