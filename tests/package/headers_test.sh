#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# headers_test.sh BUILD_FOLDER CMAKE COMPILER: what the installed headers include or name is installed,
# each compiles alone, and each refuses a program that libzeus would crash.
set -euo pipefail
build=$1 cmake=$2 compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cmake" --install "$build" --prefix "$work" > "$work/install.log"
cd "$work/include"
failed=0
fail() {
  echo "$*" >&2
  failed=1
}

# refuses SENTENCE OPTION…: a program so compiled, with the header at hand.
refuses() {
  local sentence=$1 output
  shift
  if output=$("$compiler" "$@" -E -I . "$work/program.cc" -o "$work/preprocessed" 2>&1); then
    fail "$header takes a program compiled with $*"
  fi
  [[ $output == *"$sentence"* ]] || fail "$header does not say why it refuses $*: $output"
}

mapfile -t headers < <(find . -name '*.h' -printf '%P\n' | sort)
[[ ${#headers[@]} -gt 20 ]] || fail "only ${#headers[@]} headers are installed"
for header in "${headers[@]}"; do
  # In comments, too: a reader follows these.
  for named in $(grep -oE '(zeus|simulator|tests|apps)/[a-z0-9_/]+\.h' "$header" || true); do
    [[ -f $named ]] || fail "$header names $named, which is not installed"
  done
  [[ $header != */mpi_* ]] || continue  # needs MPI's headers
  echo "#include \"$header\"" > "$work/program.cc"
  "$compiler" -std=c++20 -fsyntax-only -I . "$work/program.cc" ||
    fail "$header does not compile alone"
  # That each includes abi.h, which refuses the others below.
  refuses 'libzeus was built without _GLIBCXX_DEBUG' -std=c++20 -D_GLIBCXX_DEBUG
done
refuses 'libzeus was built with _GLIBCXX_USE_CXX11_ABI=1' -std=c++20 -D_GLIBCXX_USE_CXX11_ABI=0
refuses 'zeus needs C++20' -std=c++17
exit "$failed"
