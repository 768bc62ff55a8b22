// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "simulator/scenario/scenario_keys.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

namespace simulator {

using nlohmann::json;

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

}  // namespace simulator
