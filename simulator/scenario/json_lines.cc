// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/scenario/json_lines.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace simulator {
namespace {

// Walks down to one value. Only what lies on the path is entered, so depth costs no stack.
class Walk {
 public:
  explicit Walk(std::string_view json) : json_(json) {}

  // Moves to the member's value; false, and nothing moved, where there is none.
  bool enter_member(std::string_view name) {
    const std::size_t begin = at_;
    if (!take('{')) return false;
    while (!at_end() && peek() != '}') {
      const std::size_t key = at_;
      if (take_string() == name) {
        found_ = key;
        return take(':');
      }
      take(':');
      skip_value();
      take(',');
    }
    at_ = begin;
    return false;
  }

  bool enter_element(std::size_t index) {
    const std::size_t begin = at_;
    if (!take('[')) return false;
    for (std::size_t i = 0; !at_end() && peek() != ']'; ++i) {
      if (i == index) {
        found_ = at_;
        return true;
      }
      skip_value();
      take(',');
    }
    at_ = begin;
    return false;
  }

  [[nodiscard]] unsigned line() const {
    const auto end = json_.begin() + static_cast<std::ptrdiff_t>(std::min(found_, json_.size()));
    return 1 + static_cast<unsigned>(std::count(json_.begin(), end, '\n'));
  }

  void skip_space() {
    while (at_ < json_.size() && std::string_view(" \t\r\n").find(json_[at_]) != json_.npos) ++at_;
  }
  void start_at_first_value() {
    skip_space();
    found_ = at_;
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= json_.size(); }
  char peek() {
    skip_space();
    return at_end() ? '\0' : json_[at_];
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    skip_space();
    return true;
  }

  // The text between the quotes as it stands there: keys of ours have no escapes.
  std::string_view take_string() {
    if (!take('"')) {
      at_ = json_.size();
      return {};
    }
    const std::size_t begin = at_;
    while (!at_end() && json_[at_] != '"') at_ += json_[at_] == '\\' ? 2 : 1;
    const std::size_t end = std::min(at_, json_.size());
    at_ = std::min(end + 1, json_.size());
    skip_space();
    return json_.substr(begin, end - begin);
  }

  void skip_value() {
    std::size_t depth = 0;
    do {
      const char c = peek();
      if (c == '"') {
        take_string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++at_;
      } else if (c == ',' || c == ':') {
        ++at_;
      } else {
        while (!at_end() && std::string_view(",:]} \t\r\n").find(json_[at_]) == json_.npos) ++at_;
      }
      skip_space();
    } while (depth > 0 && !at_end());
  }

  std::string_view json_;
  std::size_t at_ = 0;
  std::size_t found_ = 0;
};

}  // namespace

unsigned line_in_json(std::string_view json, std::string_view path) {
  Walk walk(json);
  walk.start_at_first_value();
  while (!path.empty()) {
    if (path.front() == '[') {
      const std::size_t end = path.find(']');
      if (end == path.npos) break;
      std::size_t index = 0;
      for (const char digit : path.substr(1, end - 1)) {
        index = index * 10 + static_cast<std::size_t>(digit - '0');
      }
      if (!walk.enter_element(index)) break;
      path.remove_prefix(end + 1);
    } else {
      if (path.front() == '.') path.remove_prefix(1);
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      if (!walk.enter_member(path.substr(0, end))) break;
      path.remove_prefix(end);
    }
  }
  return walk.line();
}

}  // namespace simulator
