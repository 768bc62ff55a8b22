// SPDX-FileCopyrightText: 2026 The zeus-cpp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a shell does with the program's answer; everything that depends on the commands is there.
#include "apps/help/complete.h"

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

std::vector<std::string> completion_shells() { return {"bash", "zsh", "fish"}; }

std::string completion_script(std::string_view shell) {
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : kBash;
}

}  // namespace zeus::apps
