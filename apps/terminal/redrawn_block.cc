// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/redrawn_block.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace zeus::apps {
namespace {

constexpr std::size_t kMostColumns = 80;

}  // namespace

RedrawnBlock::RedrawnBlock() : colours_(wants_colours(STDOUT_FILENO)) {
  std::fputs("\x1b[?25l", stdout);
  std::fflush(stdout);
}

RedrawnBlock::~RedrawnBlock() { finish(); }

void RedrawnBlock::draw(const std::vector<StyledLine>& lines) {
  const TerminalSize size = terminal_size(STDOUT_FILENO);
  // The last row and column stay free: writing there scrolls.
  const auto rows = static_cast<std::size_t>(std::max(size.rows - 1, 1));
  const auto columns =
      std::min(static_cast<std::size_t>(std::max(size.columns - 1, 1)), kMostColumns);
  std::string frame = drawn_rows_ > 0 ? fmt::format("\x1b[{}A\r", drawn_rows_) : "\r";
  drawn_rows_ = 0;
  for (const StyledLine& line : lines) {
    if (drawn_rows_ == rows) break;
    frame += styled(clipped(line.text, columns), line.look, colours_) + "\x1b[K\n";
    ++drawn_rows_;
  }
  frame += "\x1b[J";
  std::fputs(frame.c_str(), stdout);
  std::fflush(stdout);
}

void RedrawnBlock::erase() {
  if (drawn_rows_ == 0) return;
  fmt::print("\x1b[{}A\r\x1b[J", std::exchange(drawn_rows_, 0));
  std::fflush(stdout);
}

void RedrawnBlock::finish() {
  if (std::exchange(is_finished_, true)) return;
  erase();
  std::fputs("\x1b[?25h", stdout);
  std::fflush(stdout);
}

}  // namespace zeus::apps
