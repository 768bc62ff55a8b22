// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// Lines on standard output, a terminal, that are redrawn in place. Each frame is one write: cursor
// up, then every line cleared and written anew, so that nothing flickers and what stood above
// stays. The cursor is hidden meanwhile.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/terminal/terminal.h"

namespace zeus::apps {

struct StyledLine {
  std::string text;
  Look look = Look::kPlain;
};

class RedrawnBlock {
 public:
  RedrawnBlock();
  RedrawnBlock(const RedrawnBlock&) = delete;
  RedrawnBlock& operator=(const RedrawnBlock&) = delete;
  ~RedrawnBlock();

  // As many lines and columns as the terminal has.
  void draw(const std::vector<StyledLine>& lines);

  // Takes the lines away; what is written next stands in their place.
  void erase();

  // Erases and shows the cursor. Nothing is drawn afterwards.
  void finish();

 private:
  bool colours_;
  bool is_finished_ = false;
  std::size_t drawn_rows_ = 0;
};

}  // namespace zeus::apps
