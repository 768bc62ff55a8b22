// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// One function a command, each a call of _arguments (zshcompsys(1)).
#include <fmt/format.h>

#include <algorithm>

#include "apps/help/completion.h"

namespace zeus::apps {
namespace {

std::string function_name(const CommandEntry& command) {
  std::string name = "_" + command.path;
  std::ranges::replace(name, ' ', '_');
  std::ranges::replace(name, '-', '_');
  return name;
}

// For a text in single quotes, in which _arguments reads some characters as its own.
std::string escaped(const std::string& text, const std::string& own) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      if (own.find(c) != std::string::npos) result += '\\';
      result += c;
    }
  }
  return result;
}

std::string action(const OptionEntry& option) {
  if (option.is_file()) return "_files";
  if (option.values.empty()) return " ";
  std::string words;
  for (const std::string& value : option.values) {
    words += (words.empty() ? "" : " ") + escaped(value, " :()\\");
  }
  return "(" + words + ")";
}

std::string specification(const OptionEntry& option) {
  const std::string what = escaped(option.what, "[]:\\");
  const std::string value =
      option.is_flag() ? "" : fmt::format(":{}:{}", option.value, action(option));
  if (option.names.size() == 1) {
    return fmt::format("'{}{}[{}]{}'", option.names.front(), option.is_flag() ? "" : "=", what,
                       value);
  }
  return fmt::format("'({})'{{{}}}'[{}]{}'", fmt::join(option.names, " "),
                     fmt::join(option.names, ","), what, value);
}

std::string function_of(const CommandEntry& command) {
  std::string arguments;
  const auto add = [&arguments](const std::string& argument) {
    arguments += " \\\n    " + argument;
  };
  for (const OptionEntry& option : command.options) add(specification(option));
  for (const OptionEntry& positional : command.positionals) {
    add(fmt::format("'{}:{}:{}'", positional.is_repeated ? "*" : "1", positional.value,
                    action(positional)));
  }
  if (command.takes_command) add("'*::: :_normal'");
  if (command.commands.empty()) {
    return fmt::format("{}() {{\n  _arguments -S{}\n}}\n\n", function_name(command), arguments);
  }
  add("'1: :->command'");
  add("'*:: :->rest'");
  std::string described, cases;
  for (const CommandEntry& sub : command.commands) {
    described += fmt::format("\n    '{}:{}'", sub.name(), escaped(sub.what, ":\\"));
    cases += fmt::format("\n        {}) {} ;;", sub.name(), function_name(sub));
  }
  return fmt::format(
      "{}() {{\n"
      "  local curcontext=\"$curcontext\" state\n"
      "  local -a line commands=({}\n  )\n"
      "  _arguments -C{}\n"
      "  case $state in\n"
      "    command) _describe 'command' commands ;;\n"
      "    rest)\n      case $words[1] in{}\n      esac ;;\n"
      "  esac\n}}\n\n",
      function_name(command), described, arguments, cases);
}

std::string functions_of(const CommandEntry& command) {
  std::string text = function_of(command);
  for (const CommandEntry& sub : command.commands) text += functions_of(sub);
  return text;
}

}  // namespace

std::string zsh_completion(const CommandEntry& root) {
  return "#compdef zeus\n# Completes zeus in zsh. Written by 'zeus completion zsh'.\n\n" +
         functions_of(root) +
         "# A file of $fpath is the function itself; one that is sourced defines it.\n"
         "if [[ $funcstack[1] == _zeus ]]; then\n  _zeus \"$@\"\nelse\n  compdef _zeus zeus\nfi\n";
}

}  // namespace zeus::apps
