// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/terminal/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <system_error>

namespace zeus::apps {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

// In the order of Look.
constexpr std::array kEscapes{"", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[33m"};

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

bool can_draw(int file_descriptor) {
  const std::string_view term = environment("TERM");
  return isatty(file_descriptor) == 1 && !term.empty() && term != "dumb";
}

bool wants_colours(int file_descriptor) {
  return can_draw(file_descriptor) && environment("NO_COLOR").empty();
}

bool speaks_utf8() {
  // The first that is set counts, as in setlocale(3).
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = environment(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != std::string_view::npos ||
           value.find("utf8") != std::string_view::npos;
  }
  return false;
}

TerminalSize terminal_size(int file_descriptor) {
  winsize size{};
  if (ioctl(file_descriptor, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
    return {};
  }
  return {.rows = size.ws_row, .columns = size.ws_col};
}

std::string styled(std::string_view text, Look look, bool colours) {
  if (!colours || look == Look::kPlain || text.empty()) return std::string(text);
  return kEscapes.at(static_cast<std::size_t>(look)) + std::string(text) + "\x1b[0m";
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

OutputError::OutputError(int error_number)
    : std::runtime_error("the output cannot be written: " +
                         std::generic_category().message(error_number)),
      is_broken_pipe_(error_number == EPIPE) {}

void print(const std::string& text, std::FILE* stream) {
  errno = 0;
  if (std::fputs(text.c_str(), stream) >= 0 && std::fflush(stream) == 0 && !std::ferror(stream)) {
    return;
  }
  throw OutputError(errno != 0 ? errno : EIO);
}

void print_message(const std::string& text) noexcept {
  static_cast<void>(std::fputs(text.c_str(), stderr));
  static_cast<void>(std::fflush(stderr));
}

std::string wrapped(const std::string& text, const std::string& indent, std::size_t columns) {
  std::istringstream words(text);
  std::string all, word;
  std::size_t column = indent.size();
  while (words >> word) {
    const std::size_t width = display_width(word);
    if (all.empty()) {
      all = word;
    } else if (column + 1 + width <= columns) {
      all += ' ';
      all += word;
      ++column;
    } else {
      all.append("\n").append(indent).append(word);
      column = indent.size();
    }
    column += width;
  }
  return all;
}

std::string_view clipped(std::string_view text, std::size_t columns) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins_character(text[i]) && ++characters > columns) return text.substr(0, i);
  }
  return text;
}

}  // namespace zeus::apps
