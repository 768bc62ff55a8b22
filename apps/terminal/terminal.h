// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the standard output is: a terminal that can be drawn on, one with colours, or neither.
#pragma once

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

namespace zeus::apps {

// A terminal that understands cursor movements (TERM is set and not "dumb").
[[nodiscard]] bool can_draw(int file_descriptor);

// As can_draw(), and NO_COLOR is not set (https://no-color.org).
[[nodiscard]] bool wants_colours(int file_descriptor);

// Whether the environment's character set is UTF-8.
[[nodiscard]] bool speaks_utf8();

struct TerminalSize {
  int rows = 24;
  int columns = 80;
};
[[nodiscard]] TerminalSize terminal_size(int file_descriptor);

enum class Look { kPlain, kBold, kDim, kGood, kWarning };

struct StyledLine {
  std::string text;
  Look look = Look::kPlain;
};

// The text in that look, or as it is without `colours`.
[[nodiscard]] std::string styled(std::string_view text, Look look, bool colours);

// Columns that a UTF-8 text takes, for texts without wide characters.
[[nodiscard]] std::size_t display_width(std::string_view text);

// A standard stream takes nothing any more: its reader has gone, the disk is full.
class OutputError : public std::runtime_error {
 public:
  explicit OutputError(int error_number);
  [[nodiscard]] bool is_broken_pipe() const { return is_broken_pipe_; }

 private:
  bool is_broken_pipe_;
};

// Writes it and flushes the stream. Throws OutputError.
void print(const std::string& text, std::FILE* stream = stdout);

// Writes a message to standard error. Where it cannot be written there is nobody to hear of that.
void print_message(const std::string& text) noexcept;

// The words of `text` in lines of at most `columns`, the first for a line that already has as much
// as `indent` in it, every other with `indent` before it. A longer word gets a line of its own.
[[nodiscard]] std::string wrapped(const std::string& text, const std::string& indent,
                                  std::size_t columns = 80);

// As many whole characters as fit into `columns`.
[[nodiscard]] std::string_view clipped(std::string_view text, std::size_t columns);

}  // namespace zeus::apps
