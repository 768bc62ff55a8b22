// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/help/completion.h"

namespace zeus::apps {
namespace {

// Walks the words before the cursor to the command they name, then asks the tables below.
constexpr const char* kLogic = R"(
# Keeps of the lines in $1 those that begin with $2, quoted for the command line.
_zeus_keep() {
  local line prefix=$2 listed= quote=
  if [[ $prefix == *,* ]]; then listed=${prefix%,*}, prefix=${prefix##*,}; fi
  case $prefix in
    [\"\']*) quote=1 prefix=${prefix:1} ;;
    *) prefix=${prefix//\\/} ;;
  esac
  while IFS= read -r line; do
    [[ -n $line && $line == "$prefix"* ]] || continue
    if [[ -z $quote ]]; then printf -v line %q "$line"; fi
    COMPREPLY+=("$listed$line")
  done <<< "$1"
}

_zeus_files() {
  compopt -o filenames 2> /dev/null
  mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_zeus() {
  local path=zeus awaits= word i offer files takes_command
  local current=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    _zeus_command "$path"
    if [[ $word == = ]]; then
      continue
    elif [[ -n $awaits ]]; then
      awaits=
    elif [[ $word == -- && -n $takes_command ]]; then
      if declare -F _comp_command_offset > /dev/null; then
        _comp_command_offset $((i + 1))
      elif declare -F _command_offset > /dev/null; then
        _command_offset $((i + 1))
      elif ((COMP_CWORD == i + 1)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$current")
      else
        _zeus_files "$current"
      fi
      return
    elif [[ $word == -* ]]; then
      if _zeus_value "$path $word"; then awaits=$word; fi
    elif _zeus_command "$path $word"; then
      path+=" $word"
    fi
  done
  if [[ $current == = ]]; then current=; fi
  files= offer=
  if [[ -n $awaits ]]; then
    _zeus_value "$path $awaits"
  elif [[ $current == -* ]]; then
    _zeus_options "$path"
  else
    _zeus_command "$path"
  fi
  _zeus_keep "$offer" "$current"
  if ((${#COMPREPLY[@]} == 0)) && [[ -n $files ]]; then _zeus_files "$current"; fi
}

complete -F _zeus zeus
)";

// Of words that hold neither quotes nor backslashes.
std::string quoted_lines(const std::vector<std::string>& words) {
  return fmt::format("$'{}'", fmt::join(words, "\\n"));
}

std::string offer_of(const std::vector<std::string>& words, bool files) {
  std::string text;
  if (!words.empty()) text += " offer=" + quoted_lines(words);
  if (files) text += " files=1";
  return text;
}

struct Tables {
  std::string commands, options, values;
};

void add(const CommandEntry& command, Tables& tables) {
  std::vector<std::string> names, options;
  bool files = false;
  for (const CommandEntry& sub : command.commands) names.push_back(sub.name());
  for (const OptionEntry& positional : command.positionals) {
    names.insert(names.end(), positional.values.begin(), positional.values.end());
    files = files || positional.is_file();
  }
  tables.commands += fmt::format("    '{}'){}{} ;;\n", command.path, offer_of(names, files),
                                 command.takes_command ? " takes_command=1" : "");
  for (const OptionEntry& option : command.options) {
    options.insert(options.end(), option.names.begin(), option.names.end());
    if (option.is_flag()) continue;
    for (const std::string& name : option.names) {
      tables.values += fmt::format("    '{} {}'){} ;;\n", command.path, name,
                                   offer_of(option.values, option.is_file()));
    }
  }
  tables.options += fmt::format("    '{}'){} ;;\n", command.path, offer_of(options, false));
  for (const CommandEntry& sub : command.commands) add(sub, tables);
}

std::string table(const char* what, const char* function, const std::string& rows) {
  return fmt::format(
      "\n# {}\n{}() {{\n  offer= files= takes_command=\n  case $1 in\n{}    *) return 1 ;;\n"
      "  esac\n}}\n",
      what, function, rows);
}

}  // namespace

std::string bash_completion(const CommandEntry& root) {
  Tables tables;
  add(root, tables);
  return "# Completes zeus in bash. Written by 'zeus completion bash'.\n" +
         table("What may stand behind a command; fails where there is none of that name.",
               "_zeus_command", tables.commands) +
         table("The options of a command.", "_zeus_options", tables.options) +
         table("The values of an option; fails where it takes none.", "_zeus_value",
               tables.values) +
         kLogic;
}

}  // namespace zeus::apps
