// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/scenario/scenario_keys.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>
#include <vector>

namespace simulator {

using nlohmann::json;

namespace {

// Whether the value at `path` is in, or is, the one at `outer`.
bool is_within(std::string_view path, std::string_view outer) {
  if (outer.empty() || path == outer) return true;
  return path.starts_with(outer) && (path[outer.size()] == '.' || path[outer.size()] == '[');
}

// A list or an object that the parser is in.
struct Container {
  std::string path;
  bool is_list;
  std::size_t next_element = 0;
};

}  // namespace

Keys::Keys(const json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object.is_object()) throw KeyError(path_, "must be an object");
}

const json* Keys::find(const std::string& key) {
  known_.insert(key);
  const auto it = object_.find(key);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

bool Keys::boolean(const std::string& key, bool otherwise) {
  const json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) throw fail(key, "must be true or false");
  return value->get<bool>();
}

std::optional<std::string> Keys::text(const std::string& key) {
  const json* value = find(key);
  if (value == nullptr) return std::nullopt;
  // A table's batch_size is naturally written as a number.
  if (value->is_number_integer()) return value->dump();
  if (!value->is_string()) throw fail(key, "must be a text");
  return value->get<std::string>();
}

std::optional<double> Keys::number(const std::string& key, double low, double high) {
  const json* value = find(key);
  if (value == nullptr) return std::nullopt;
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  if (!(number >= low && number <= high)) {
    std::ostringstream what;
    what << "must be a number from " << low << " to " << high;
    throw fail(key, what.str());
  }
  return number;
}

std::optional<std::uint64_t> Keys::whole(const std::string& key, std::uint64_t low,
                                         std::uint64_t high) {
  const json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() < low ||
      value->get<std::uint64_t>() > high) {
    throw fail(
        key, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value->get<std::uint64_t>();
}

const json* Keys::list(const std::string& key) {
  const json* value = find(key);
  if (value != nullptr && !value->is_array()) throw fail(key, "must be a list");
  return value;
}

std::optional<std::int64_t> Keys::time_ns(const std::string& key, double unit_ns) {
  constexpr double kHour = 3.6e12;
  const auto time = number(key, 0, kHour / unit_ns);
  if (!time) return std::nullopt;
  return std::llround(*time * unit_ns);
}

KeyError Keys::fail(const std::string& key, const std::string& what) const {
  return {path(key), what};
}

void Keys::end() const {
  for (const auto& [key, value] : object_.items()) {
    if (!known_.contains(key)) throw KeyError(path(key), "unknown key");
  }
}

unsigned line_in_json(const std::string& text, std::string_view path) {
  using Event = json::parse_event_t;
  std::istringstream in(text);
  std::vector<Container> open;  // those that the path leads through
  std::size_t others = 0;       // how many more are open
  std::string at;               // the path of the value that the parser has come to
  std::string found;
  unsigned line = 0;  // of `found`
  const auto look = [&](int, Event event, const json& parsed) {
    const bool begins = event == Event::object_start || event == Event::array_start;
    const bool ends = event == Event::object_end || event == Event::array_end;
    if (others > 0) {
      others += begins ? 1 : 0;
      others -= ends ? 1 : 0;
      return true;
    }
    if (ends) {
      open.pop_back();
      return true;
    }
    if (event == Event::key) {
      const std::string& outer = open.back().path;
      at = (outer.empty() ? "" : outer + ".") + parsed.get_ref<const std::string&>();
    } else if (!open.empty() && open.back().is_list) {
      at = open.back().path + "[" + std::to_string(open.back().next_element++) + "]";
    }
    const bool leads_there = is_within(path, at);
    if (leads_there && (line == 0 || at.size() > found.size())) {
      found = at;
      // The last character read: the value's last, or for a number the one after it.
      const std::streamoff end = in.rdbuf()->pubseekoff(0, std::ios::cur, std::ios::in);
      line = 1 + static_cast<unsigned>(std::count(text.begin(), text.begin() + end - 1, '\n'));
    }
    if (begins && leads_there) {
      open.push_back({.path = at, .is_list = event == Event::array_start});
    } else if (begins) {
      ++others;
    }
    return true;
  };
  [[maybe_unused]] const json whole = json::parse(in, look);
  return line;
}

}  // namespace simulator
