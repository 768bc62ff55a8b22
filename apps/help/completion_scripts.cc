// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// `zeus completion SHELL`: what a shell does with the program's answer; everything that depends on
// the commands is there.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "apps/command_line.h"
#include "apps/commands/commands.h"
#include "apps/option_kinds.h"
#include "apps/terminal/terminal.h"

namespace zeus::apps {
namespace {

constexpr const char* kBash = R"bash(# Completes zeus in bash. Written by 'zeus completion bash'.
_zeus() {
  local current=${COMP_WORDS[COMP_CWORD]} quote= line begin=
  case $current in
    [\"\']*) quote=1 current=${current:1} ;;
    *) current=${current//\\/} ;;
  esac
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files)
        compopt -o filenames 2> /dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      ":command "*) begin=$((${line#:command } + 1)) ;;
      *)
        line=${line%%$'\t'*}
        [[ -n $quote ]] || line=${line// /\\ }
        COMPREPLY+=("$line") ;;
    esac
  done < <(command "$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD-1}" "$current" 2> /dev/null)
  [[ -n $begin ]] || return 0
  if declare -F _comp_command_offset > /dev/null; then
    _comp_command_offset "$begin"
  elif declare -F _command_offset > /dev/null; then
    _command_offset "$begin"
  elif ((COMP_CWORD == begin)); then
    mapfile -t COMPREPLY < <(compgen -c -- "$current")
  else
    compopt -o filenames 2> /dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _zeus zeus
)bash";

constexpr const char* kZsh = R"zsh(#compdef zeus
# Completes zeus in zsh. Written by 'zeus completion zsh'.
_zeus() {
  local line
  local -a candidates
  for line in "${(@f)$(command "$words[1]" __complete "${(@Q)words[2,CURRENT-1]}" \
                         "${(Q)PREFIX}" 2> /dev/null)}"; do
    case $line in
      :files)
        [[ $PREFIX == --*=* ]] && compset -P '*='
        _files
        return ;;
      ':command '*)
        shift $((${line#:command } + 1)) words
        ((CURRENT -= ${line#:command } + 1))
        _normal
        return ;;
      ?*) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  _describe zeus candidates
}
# A file of $fpath is the function itself; one that is sourced defines it.
if [[ $funcstack[1] == _zeus ]]; then _zeus "$@"; else compdef _zeus zeus; fi
)zsh";

constexpr const char* kFish = R"fish(# Completes zeus in fish. Written by 'zeus completion fish'.
function __zeus_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in (command $program __complete $words (string unescape -- "$current") 2> /dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':command *'
                set -e words[1..(string replace ':command ' '' -- $line)]
                complete -C "$(string escape -- $words | string join ' ') $current"
            case '*'
                printf '%s\n' $line
        end
    end
end
complete -c zeus -f -a '(__zeus_complete)'
)fish";

}  // namespace

void add_completion(CLI::App& app, Invocation& invocation) {
  const auto shell = std::make_shared<std::string>();
  CLI::App& completion = *app.add_subcommand("completion", "Print what completes zeus in a shell");
  completion.footer(
      "The script goes to standard output. An installed zeus has it in place.\n\n"
      "Examples:\n"
      "  source <(zeus completion bash)\n"
      "  zeus completion zsh > \"${fpath[1]}/_zeus\"\n"
      "  zeus completion fish > ~/.config/fish/completions/zeus.fish");
  completion.add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->type_name("")
      ->check(one_of({"bash", "zsh", "fish"}));
  completion.callback([shell, &invocation] {
    const char* const script = *shell == "bash" ? kBash : *shell == "zsh" ? kZsh : kFish;
    invocation.run = [script] { return print(script), 0; };
  });
}

}  // namespace zeus::apps
