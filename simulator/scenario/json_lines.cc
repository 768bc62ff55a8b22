// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/scenario/json_lines.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace simulator {
namespace {

// Whether the value at `path` is in, or is, the one at `outer`.
bool is_within(std::string_view path, std::string_view outer) {
  if (outer.empty() || path == outer) return true;
  return path.starts_with(outer) && (path[outer.size()] == '.' || path[outer.size()] == '[');
}

struct Container {
  std::string path;
  bool is_list;
  std::size_t next_element = 0;
};

}  // namespace

unsigned line_in_json(const std::string& text, std::string_view path) {
  using nlohmann::json;
  std::istringstream in(text);
  std::vector<Container> open;
  std::string at;  // the path of the value that the parser has come to
  std::string found;
  unsigned line = 0;  // of `found`
  const auto look = [&](int, json::parse_event_t event, const json& parsed) {
    using Event = json::parse_event_t;
    if (event == Event::object_end || event == Event::array_end) {
      open.pop_back();
      return true;
    }
    if (event == Event::key) {
      const std::string& outer = open.back().path;
      at = (outer.empty() ? "" : outer + ".") + parsed.get_ref<const std::string&>();
    } else if (!open.empty() && open.back().is_list) {
      at = open.back().path + "[" + std::to_string(open.back().next_element++) + "]";
    }
    if (line == 0 || (at.size() > found.size() && is_within(path, at))) {
      found = at;
      // The last character read: the value's last, or for a number the one after it.
      const std::streamoff end = in.rdbuf()->pubseekoff(0, std::ios::cur, std::ios::in);
      line = 1 + static_cast<unsigned>(std::count(text.begin(), text.begin() + end - 1, '\n'));
    }
    if (event == Event::object_start || event == Event::array_start) {
      open.push_back({.path = at, .is_list = event == Event::array_start});
    }
    return true;
  };
  [[maybe_unused]] const json whole = json::parse(in, look);
  return line;
}

}  // namespace simulator
