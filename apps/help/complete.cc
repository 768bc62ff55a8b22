// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/help/complete.h"

#include <fmt/format.h>

#include <algorithm>

namespace zeus::apps {
namespace {

constexpr const char* kFiles = ":files\n";

const OptionEntry* find_option(const CommandEntry& command, std::string_view name) {
  const auto found = std::ranges::find_if(command.options, [name](const OptionEntry& option) {
    return std::ranges::find(option.names, name) != option.names.end();
  });
  return found != command.options.end() ? &*found : nullptr;
}

// The candidates that begin with the word being typed, one a line.
class Candidates {
 public:
  explicit Candidates(std::string_view typed) : typed_(typed) {}

  void add(const std::string& candidate, const std::string& what) {
    if (candidate.starts_with(typed_)) text_ += fmt::format("{}\t{}\n", candidate, what);
  }

  // Values of an option or positional; `begin` is what the typed word has before them.
  void add_values(const OptionEntry& option, const std::string& begin) {
    for (const std::string& value : option.values) add(begin + value, option.what);
    wants_file_ = wants_file_ || option.is_file();
  }

  [[nodiscard]] std::string text() const { return text_.empty() && wants_file_ ? kFiles : text_; }

 private:
  std::string_view typed_;
  std::string text_;
  bool wants_file_ = false;
};

// What `typed`, which begins with "--name=" or is a value by itself, may become.
std::string value_candidates(const OptionEntry& option, const std::string& typed) {
  Candidates candidates(typed);
  const std::size_t begin = typed.find_last_of(typed.starts_with('-') ? ",=" : ",");
  candidates.add_values(option, typed.substr(0, begin + 1));  // npos + 1 is 0
  return candidates.text();
}

}  // namespace

std::string completions(const CommandEntry& root, const std::vector<std::string>& words) {
  const CommandEntry* command = &root;
  const OptionEntry* awaits_value = nullptr;
  std::string typed = words.empty() ? "" : words.back();
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "=") continue;  // bash makes it a word of its own
    if (awaits_value != nullptr) {
      awaits_value = nullptr;
    } else if (word == "--" && command->takes_command) {
      return fmt::format(":command {}\n", i + 1);
    } else if (word.starts_with('-')) {
      const OptionEntry* const option = find_option(*command, word);
      if (option != nullptr && !option->is_flag()) awaits_value = option;
    } else {
      const auto sub = std::ranges::find(command->commands, word, &CommandEntry::name);
      if (sub != command->commands.end()) command = &*sub;
    }
  }
  if (typed == "=") typed.clear();
  if (awaits_value != nullptr) return value_candidates(*awaits_value, typed);
  Candidates candidates(typed);
  if (typed.starts_with('-')) {
    const OptionEntry* const option = find_option(*command, typed.substr(0, typed.find('=')));
    if (option != nullptr && typed.find('=') != std::string::npos) {
      return value_candidates(*option, typed);
    }
    for (const OptionEntry& each : command->options) {
      for (const std::string& name : each.names) candidates.add(name, each.what);
    }
    return candidates.text();
  }
  for (const CommandEntry& sub : command->commands) candidates.add(sub.name(), sub.what);
  for (const OptionEntry& positional : command->positionals) candidates.add_values(positional, "");
  return candidates.text();
}

}  // namespace zeus::apps
