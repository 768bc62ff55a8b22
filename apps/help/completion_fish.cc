// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/help/completion.h"

namespace zeus::apps {
namespace {

constexpr const char* kFunctions =
    R"fish(# Completes zeus in fish. Written by 'zeus completion fish'.

# The words before the cursor that aren't options, without "zeus".
function __zeus_words
    set -l words (commandline -opc)
    set -e words[1]
    string match -v -- '-*' $words
end

# True where exactly these commands were typed.
function __zeus_at
    contains -- -- (commandline -opc); and return 1
    test "$(__zeus_words | string join ' ')" = "$argv"
end

# True where these commands were typed, and maybe more words.
function __zeus_in
    contains -- -- (commandline -opc); and return 1
    set -l words (__zeus_words)
    test "$words[1..$(count $argv)]" = "$argv"
end

# True behind the "--" of a command that runs another.
function __zeus_runs
    contains -- -- (commandline -opc); or return 1
    set -l words (__zeus_words)
    test "$words[1]" = "$argv"
end

# What the other program's own completion says.
function __zeus_other
    set -l words (commandline -opc)
    set -l mark (contains -i -- -- $words)
    set -e words[1..$mark]
    complete -C "$(string escape -- $words | string join ' ') $(commandline -ct)"
end

complete -c zeus -f
)fish";

// In single quotes.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

// For -a, whose words are read like a command's.
std::string words(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    if (!text.empty()) text += ' ';
    for (const char c : value) {
      if (c == ' ') text += '\\';
      text += c;
    }
  }
  return quoted(text);
}

std::string option_line(const OptionEntry& option, const std::string& condition) {
  std::string line = fmt::format("complete -c zeus -n {}", quoted(condition));
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (option.is_file()) {
    line += " -r -F";
  } else if (!option.is_flag()) {
    line += " -x";
  }
  if (!option.values.empty()) line += " -a " + words(option.values);
  return line + " -d " + quoted(option.what) + "\n";
}

std::string lines_of(const CommandEntry& command) {
  const std::size_t space = command.path.find(' ');
  const std::string typed = space == std::string::npos ? "" : command.path.substr(space + 1);
  const std::string condition = (command.commands.empty() ? "__zeus_in " : "__zeus_at ") + typed;
  std::string text;
  for (const OptionEntry& option : command.options) text += option_line(option, condition);
  for (const OptionEntry& positional : command.positionals) {
    if (positional.is_file()) text += fmt::format("complete -c zeus -n {} -F\n", quoted(condition));
    if (positional.values.empty()) continue;
    text +=
        fmt::format("complete -c zeus -n {} -a {}\n", quoted(condition), words(positional.values));
  }
  if (command.takes_command) {
    text +=
        fmt::format("complete -c zeus -n {} -a '(__zeus_other)'\n", quoted("__zeus_runs " + typed));
  }
  for (const CommandEntry& sub : command.commands) {
    text += fmt::format("complete -c zeus -n {} -a {} -d {}\n", quoted("__zeus_at " + typed),
                        sub.name(), quoted(sub.what));
  }
  for (const CommandEntry& sub : command.commands) text += lines_of(sub);
  return text;
}

}  // namespace

std::string fish_completion(const CommandEntry& root) { return kFunctions + lines_of(root); }

}  // namespace zeus::apps
