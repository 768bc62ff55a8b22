#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Formatting, licence headers, lengths, include direction, each public header compiled alone, and the
# Python files (lint_python.sh): of everything. clang-tidy: of what changed since LINT_BASE, by default the merge base with the remote's
# branch or, on that branch itself, the commit before; of everything with ALL=1.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh build mpi lint python
source tools/steps.sh
unset CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER  # clang-tidy wants plain commands

failed=0
mapfile -t sources < <(tools/sources.sh .h .cc .c)

step "format" clang-format-16 --dry-run -Werror "${sources[@]}" || failed=1
step "licences and lengths" xargs -a <(tools/sources.sh) python3 tools/check_files.py || failed=1
grep 'a warning' "$logs/licences-and-lengths.log" || true
step "include direction" python3 tools/check_includes.py || failed=1
tools/lint_python.sh || failed=1
step "configure lint" cmake -S . -B build/lint -G Ninja -DCMAKE_BUILD_TYPE=Debug \
  -DZEUS_WITH_MPI=ON -DZEUS_BUILD_DAEMON=ON -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
  -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
  -DCMAKE_VERIFY_INTERFACE_HEADER_SETS=ON || exit 1
step "headers compiled alone" cmake --build build/lint \
  --target all_verify_interface_header_sets || failed=1

# The translation units to inspect: those that changed, and those that include a header that did.
units() {
  local since changed header
  since=$(change_base 2> /dev/null)
  if [[ -n ${ALL:-} || -z $since ]]; then
    printf '%s\n' "${sources[@]}" | grep -E '\.(cc|c)$'
    return
  fi
  changed=$(changed_files "$since")
  if grep -qE '(^|/)\.clang-tidy$' <<< "$changed"; then
    printf '%s\n' "${sources[@]}" | grep -E '\.(cc|c)$'
    return
  fi
  {
    grep -E '\.(cc|c)$' <<< "$changed" || true
    for header in $(grep -E '\.h$' <<< "$changed" || true); do
      printf '%s\n' "${sources[@]}" | grep -E '\.(cc|c)$' | xargs -r grep -lF "\"$header\"" || true
    done
  } | sort -u | while read -r unit; do [[ ! -f $unit ]] || echo "$unit"; done
}

# Only what is compiled has flags to be inspected with.
compiled() {
  sed -n "s|^ *\"file\": \"$PWD/\(.*\)\",\{0,1\}$|\1|p" build/lint/compile_commands.json
}
mapfile -t inspected < <(comm -12 <(units | sort -u) <(compiled | sort -u))
if [[ ${#inspected[@]} -gt 0 ]]; then
  # Each file's findings in one piece, however many are inspected at once.
  inspect() {
    local findings status=0
    findings=$(clang-tidy-16 -p build/lint --quiet "$1" 2>&1) || status=$?
    grep -v -e ' warnings\? generated\.$' -e '^$' <<< "$findings" || true
    return "$status"
  }
  export -f inspect
  tidy() {
    printf '%s\0' "${inspected[@]}" | xargs -0 -P "$(nproc)" -n 1 bash -c 'inspect "$1"' inspect
  }
  step "clang-tidy, ${#inspected[@]} files" tidy || failed=1
fi

if [[ $failed -eq 0 ]]; then echo "lint: all well"; else echo "lint: FAILED"; fi
exit "$failed"
