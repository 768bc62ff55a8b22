# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Sourced by the other scripts: one line a step, its output in build/logs/, shown only when it fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
logs=build/logs
mkdir -p "$logs"

# A CMake that is too old may stand in front of the one that setup.sh installed.
newest_first() { printf '%s\n3.25\n' "$1" | sort -V | tail -n 1; }
use_recent_cmake() {
  local version
  version=$(cmake --version 2> /dev/null | sed -n '1s/.*version \([0-9.]*\).*/\1/p' || true)
  [[ -n $version && $(newest_first "$version") == "$version" ]] || export PATH="/usr/bin:$PATH"
}

# The wheels of several Pythons and the tests that build the library compile the same files again.
use_ccache() {
  command -v ccache > /dev/null || return 0
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
}

# step NAME COMMAND…: runs it; its output goes to build/logs/<name, dashes for blanks>.log.
step() {
  local name=$1 log="$logs/${1// /-}.log" start=$SECONDS
  shift
  printf '%-24s' "$name"
  if "$@" > "$log" 2>&1 < /dev/null; then
    printf 'ok (%d s)\n' $((SECONDS - start))
    return 0
  fi
  printf 'FAILED (%d s)\n' $((SECONDS - start))
  show_failure "$log"
  return 1
}

# What went wrong, not all that was done: from the first failed command, else the last lines.
show_failure() {
  local from
  from=$(grep -n -m 1 -E '^(FAILED:|CMake Error)|: error:' "$1" | cut -d : -f 1 || true)
  if [[ -n $from ]]; then tail -n "+$from" "$1" | head -n 80; else tail -n 40 "$1"; fi | cut -c 1-400
  echo "the whole log: $1"
}

# build PRESET [TARGET…], with what is in configure_options beside the preset.
configure_options=()
build() {
  local preset=$1
  shift
  step "configure $preset" cmake --preset "$preset" "${configure_options[@]}" || return 1
  step "build $preset" cmake --build "build/$preset" ${1:+--target "$@"}
}

# The commit that the change under inspection stands on: LINT_BASE, by default the merge base with the
# remote's branch or, on that branch itself, the commit before. Nothing where that is not known.
change_base() {
  local head ref base
  if [[ -n ${LINT_BASE:-} ]]; then echo "$LINT_BASE" && return; fi
  head=$(git rev-parse -q --verify HEAD) || return 0
  for ref in origin/HEAD origin/main origin/master; do
    base=$(git merge-base HEAD "$ref" 2> /dev/null) || continue
    if [[ $base != "$head" ]]; then echo "$base" && return; fi
  done
  git rev-parse -q --verify HEAD^ || true
}

# changed_files BASE: the files that differ from that commit, those not yet committed too.
changed_files() {
  { git diff --name-only "$1" && git ls-files -o --exclude-standard; } | sort -u
}

use_recent_cmake
use_ccache
