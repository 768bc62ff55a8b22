// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "zeus/daemon/server/policy_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <string>
#include <system_error>

// Some of the parser's assertions don't hold for every text ("[.[gpu]]"): such a text is to reach
// its error messages, which follow, instead of ending the process, or of letting a compiler leave
// them out.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

#include "zeus/error.h"
#include "zeus/regular_file.h"

namespace zeus::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 1'000'000;
constexpr double kMostWatts = 100'000;
constexpr double kMostMegahertz = 100'000;
constexpr double kMostSeconds = 1e9;

class Reader {
 public:
  Reader(const std::string& name, const Accounts& accounts) : name_(name), accounts_(accounts) {}

  [[noreturn]] void refuse(const toml::node& node, const std::string& why) const {
    throw ZeusFileError(fmt::format("'{}' line {}: {}", name_, node.source().begin.line, why));
  }

  Policy read(const toml::table& table) const {
    Policy policy;
    for (const auto& [key, node] : table) {
      if (key == "dry_run") {
        policy.dry_run = boolean(key, node);
      } else if (key == "require_uuid") {
        policy.require_uuid = boolean(key, node);
      } else if (key == "leases") {
        policy.leases = leases(section(key, node));
      } else if (key == "writes") {
        policy.writes = writes(section(key, node));
      } else if (key == "gpu") {
        for (const auto& each : list(key, node)) policy.gpus.push_back(gpu(section(key, each)));
      } else if (key == "allow") {
        for (const auto& each : list(key, node)) policy.allow.push_back(allow(section(key, each)));
      } else {
        unknown(key, node, "dry_run, require_uuid, leases, writes, gpu and allow");
      }
    }
    return policy;
  }

 private:
  [[noreturn]] void unknown(const toml::key& key, const toml::node& /*node*/,
                            const std::string& known) const {
    throw ZeusFileError(fmt::format("'{}' line {}: there is no '{}' here; there are {}", name_,
                                    key.source().begin.line, key.str(), known));
  }

  bool boolean(const toml::key& key, const toml::node& node) const {
    const auto value = node.value_exact<bool>();
    if (!value) refuse(node, fmt::format("{} must be true or false", key.str()));
    return *value;
  }

  double number(const toml::key& key, const toml::node& node, double least, double most) const {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !std::isfinite(*value) || *value < least || *value > most) {
      refuse(node, fmt::format("{} must be a number from {:g} to {:g}", key.str(), least, most));
    }
    return *value;
  }

  std::string text(const toml::key& key, const toml::node& node) const {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) refuse(node, fmt::format("{} must be a text", key.str()));
    return *value;
  }

  const toml::table& section(const toml::key& key, const toml::node& node) const {
    const toml::table* const found = node.as_table();
    if (found == nullptr) refuse(node, fmt::format("{} must be a table", key.str()));
    return *found;
  }

  const toml::array& list(const toml::key& key, const toml::node& node) const {
    const toml::array* const found = node.as_array();
    if (found == nullptr) refuse(node, fmt::format("{0} must be a list: [[{0}]]", key.str()));
    return *found;
  }

  LeaseTerms leases(const toml::table& table) const {
    using std::chrono::milliseconds;
    const auto in_ms = [](double seconds) {
      return milliseconds(static_cast<std::int64_t>(std::llround(seconds * 1000.0)));
    };
    LeaseTerms terms;
    for (const auto& [key, node] : table) {
      if (key == "heartbeat_s") {
        terms.heartbeat = in_ms(number(key, node, 1, kMostSeconds));
      } else if (key == "longest_s") {
        terms.longest = in_ms(number(key, node, 1, kMostSeconds));
      } else {
        unknown(key, node, "heartbeat_s and longest_s");
      }
    }
    return terms;
  }

  WriteRateTerms writes(const toml::table& table) const {
    constexpr double kMostWrites = 1e6;
    WriteRateTerms terms;
    for (const auto& [key, node] : table) {
      if (key == "per_second") {
        terms.per_second = number(key, node, 0.001, kMostWrites);
      } else if (key == "burst") {
        terms.burst = number(key, node, 1, kMostWrites);
      } else {
        unknown(key, node, "per_second and burst");
      }
    }
    return terms;
  }

  Bounds bounds(const toml::key& outer, const toml::node& whole, double scale, double most) const {
    Bounds found;
    for (const auto& [key, node] : section(outer, whole)) {
      if (key != "min" && key != "max") unknown(key, node, "min and max");
      auto& bound = key == "min" ? found.floor : found.ceiling;
      bound = std::llround(number(key, node, 1, most) * scale);
    }
    if (found.floor && found.ceiling && *found.floor > *found.ceiling) {
      refuse(whole, fmt::format("{}: min is more than max", outer.str()));
    }
    return found;
  }

  GpuRule gpu(const toml::table& table) const {
    GpuRule rule;
    for (const auto& [key, node] : table) {
      if (key == "uuid") {
        rule.uuid = text(key, node);
      } else if (key == "model") {
        rule.model = text(key, node);
      } else if (key == "power_limit_w") {
        rule.bounds.power_limit_mw = bounds(key, node, 1000, kMostWatts);
      } else if (key == "graphics_clock_mhz") {
        rule.bounds.graphics_clock_mhz = bounds(key, node, 1, kMostMegahertz);
      } else if (key == "memory_clock_mhz") {
        rule.bounds.memory_clock_mhz = bounds(key, node, 1, kMostMegahertz);
      } else {
        unknown(key, node, "uuid, model, power_limit_w, graphics_clock_mhz and memory_clock_mhz");
      }
    }
    if (!rule.uuid.empty() && !rule.model.empty()) {
      refuse(table, "a GPU is given by its uuid or its model, not by both");
    }
    return rule;
  }

  void names(const toml::key& key, const toml::node& node, std::set<unsigned>& numbers,
             bool& everyone) const {
    const bool are_users = key == "users";
    for (const auto& each : list(key, node)) {
      const std::string name = text(key, each);
      if (are_users && name == "*") {
        everyone = true;
        continue;
      }
      const auto found = are_users ? accounts_.user(name) : accounts_.group(name);
      if (!found) {
        refuse(each, fmt::format("there is no {} '{}' on this machine",
                                 are_users ? "user" : "group", name));
      }
      numbers.insert(*found);
    }
  }

  AllowRule allow(const toml::table& table) const {
    AllowRule rule;
    bool names_somebody = false;
    for (const auto& [key, node] : table) {
      if (key == "users" || key == "groups") {
        names_somebody = true;
        names(key, node, key == "users" ? rule.users : rule.groups, rule.everyone);
      } else if (key == "may") {
        for (const auto& each : list(key, node)) {
          const std::string right = text(key, each);
          if (right != "control" && right != "persist") {
            refuse(each, fmt::format("may has '{}'; it can have control and persist", right));
          }
          rule.rights.control = true;  // who may leave a value may set it
          rule.rights.persist = rule.rights.persist || right == "persist";
        }
      } else {
        unknown(key, node, "users, groups and may");
      }
    }
    if (!names_somebody) refuse(table, "this [[allow]] has neither users nor groups");
    return rule;
  }

  const std::string& name_;
  const Accounts& accounts_;
};

// Where a line's comment begins, or its end. Strings end on their line here.
std::size_t end_of_content(std::string_view line) {
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quote == '\0' && line[i] == '#') return i;
    if (quote == '"' && line[i] == '\\') {
      ++i;
    } else if (line[i] == quote) {
      quote = '\0';
    } else if (quote == '\0' && (line[i] == '"' || line[i] == '\'')) {
      quote = line[i];
    }
  }
  return line.size();
}

// The parser's behaviour is undefined for some letters beyond ASCII where a value should be, so
// that these are left to comments.
void require_ascii(std::string_view text, const std::string& name) {
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::string_view content = line.substr(0, end_of_content(line));
    const auto refuse = [&](const char* why) {
      throw ZeusFileError(fmt::format("'{}' line {}: {}", name, number, why));
    };
    if (content.find("\"\"\"") != std::string_view::npos ||
        content.find("'''") != std::string_view::npos) {
      refuse("a string of several lines has no use here");
    }
    if (std::ranges::any_of(content, [](char c) { return static_cast<unsigned char>(c) > 127; })) {
      refuse("a character beyond ASCII outside a comment; in a string write it as \\uXXXX");
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Nobody but root and this user can have written it, or can put another in its place.
void require_trusted(const fs::path& path, bool is_folder) {
  struct stat info {};
  const int result = is_folder ? ::stat(path.c_str(), &info) : ::lstat(path.c_str(), &info);
  const auto refuse = [&path](const std::string& why) {
    throw ZeusFileError(fmt::format("the policy '{}' is not used: {}", path.string(), why));
  };
  if (result != 0) refuse(std::generic_category().message(errno));
  if (!is_folder && !S_ISREG(info.st_mode)) refuse("it is not a regular file");
  if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    refuse(fmt::format("it belongs to user {}; make it root's with: sudo chown root '{}'",
                       info.st_uid, path.string()));
  }
  const bool is_sticky = is_folder && (info.st_mode & S_ISVTX) != 0;
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !is_sticky) {
    refuse(fmt::format("others can write to it; take that away with: sudo chmod go-w '{}'",
                       path.string()));
  }
}

template <class Entry, class Number>
std::function<std::optional<unsigned>(const std::string&)> look_up(
    int (*ask)(const char*, Entry*, char*, std::size_t, Entry**), Number Entry::*number) {
  return [ask, number](const std::string& name) -> std::optional<unsigned> {
    Entry entry{};
    Entry* found = nullptr;
    std::string room(1024, '\0');
    constexpr std::size_t kMostRoom = std::size_t{1} << 24U;  // a group of thousands
    while (ask(name.c_str(), &entry, room.data(), room.size(), &found) == ERANGE &&
           room.size() < kMostRoom) {
      room.resize(room.size() * 4);
    }
    if (found == nullptr) return std::nullopt;
    return found->*number;
  };
}

}  // namespace

Accounts machine_accounts() {
  return {.user = look_up(&::getpwnam_r, &passwd::pw_uid),
          .group = look_up(&::getgrnam_r, &group::gr_gid)};
}

Policy parse_policy(std::string_view text, const std::string& name, const Accounts& accounts) {
  require_ascii(text, name);
  try {
    const toml::table table = toml::parse(text, name);
    return Reader(name, accounts).read(table);
  } catch (const toml::parse_error& error) {
    throw ZeusFileError(fmt::format("'{}' line {}: {}", name, error.source().begin.line,
                                    std::string(error.description())));
  }
}

Policy read_policy(const fs::path& file, const Accounts& accounts) {
  const fs::path whole = fs::absolute(file);
  require_trusted(whole, false);
  require_trusted(whole.parent_path(), true);
  try {
    const std::optional<std::string> text = read_regular_file(whole, kMostBytes);
    if (!text) throw std::runtime_error(std::generic_category().message(ENOENT));
    return parse_policy(*text, file.string(), accounts);
  } catch (const ZeusFileError&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw ZeusFileError(
        fmt::format("the policy '{}' can't be read: {}", file.string(), error.what()));
  }
}

}  // namespace zeus::daemon
