// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "apps/terminal/terminal.h"

namespace zeus::apps {
namespace {

constexpr auto kPatience = std::chrono::seconds(1);
constexpr auto kFramePeriod = std::chrono::milliseconds(100);
constexpr std::size_t kTrackColumns = 30;

}  // namespace

std::string track(double share, std::size_t columns, bool utf8) {
  static constexpr std::array kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double cells = std::clamp(share, 0.0, 1.0) * static_cast<double>(columns);
  const auto whole = static_cast<std::size_t>(cells);
  std::string text;
  for (std::size_t i = 0; i < whole; ++i) text += utf8 ? "█" : "#";
  if (utf8) text += kEighths.at(static_cast<std::size_t>((cells - static_cast<double>(whole)) * 8));
  for (std::size_t i = display_width(text); i < columns; ++i) text += utf8 ? "░" : ".";
  return text;
}

ProgressLine::ProgressLine() : is_terminal_(can_draw(STDERR_FILENO)), utf8_(speaks_utf8()) {}

ProgressLine::~ProgressLine() { erase(); }

void ProgressLine::show(double share, const std::string& words) {
  const auto now = Clock::now();
  if (!is_terminal_ || now - begin_ < kPatience || now - drawn_at_ < kFramePeriod) return;
  drawn_at_ = now;
  is_drawn_ = true;
  const auto columns =
      static_cast<std::size_t>(std::max(terminal_size(STDERR_FILENO).columns - 1, 1));
  const std::string line = (share < 0 ? "" : track(share, kTrackColumns, utf8_) + " ") + words;
  fmt::print(stderr, "\r{}\x1b[K", clipped(line, columns));
}

void ProgressLine::erase() {
  if (std::exchange(is_drawn_, false)) fmt::print(stderr, "\r\x1b[K");
}

}  // namespace zeus::apps
