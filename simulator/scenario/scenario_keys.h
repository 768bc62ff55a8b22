// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One JSON object of a scenario on its way to a struct: typed access to its keys, and an error for
// every key that nobody asked for.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace simulator {

// What is wrong and at which key: "gpus[0].count". The reader of the text adds file and line.
class KeyError : public std::runtime_error {
 public:
  KeyError(std::string path, const std::string& what)
      : std::runtime_error(what), path_(std::move(path)) {}
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// At which line of a valid JSON text the value at a KeyError's path stands; 1 is the first. Where
// the path goes further than the text does, the line of the last part that is there.
[[nodiscard]] unsigned line_in_json(const std::string& text, std::string_view path);

class Keys {
 public:
  // Throws KeyError, as all of these do. Keeps a reference.
  Keys(const nlohmann::json& object, std::string path);

  // nullptr when the key is absent or null.
  const nlohmann::json* find(const std::string& key);
  [[nodiscard]] bool has(const std::string& key) { return find(key) != nullptr; }

  bool boolean(const std::string& key, bool otherwise);
  std::optional<std::string> text(const std::string& key);
  std::optional<double> number(const std::string& key, double low, double high);
  std::optional<std::uint64_t> whole(const std::string& key, std::uint64_t low, std::uint64_t high);
  const nlohmann::json* list(const std::string& key);
  // A time in units of `unit_ns`, in ns: from 0 to about an hour.
  std::optional<std::int64_t> time_ns(const std::string& key, double unit_ns);

  [[nodiscard]] KeyError fail(const std::string& key, const std::string& what) const;
  [[nodiscard]] std::string path(const std::string& key) const {
    return path_.empty() ? key : path_ + "." + key;
  }

  // To be called when all keys have been asked for.
  void end() const;

 private:
  const nlohmann::json& object_;
  std::string path_;
  std::set<std::string> known_;
};

}  // namespace simulator
