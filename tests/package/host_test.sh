#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# host_test.sh configure|build ZEUS_SOURCE CMAKE COMPILER: zeus as a part of another project (host/) changes
# nothing of it.
set -euo pipefail
what=$1 zeus=$2 cmake=$3 compiler=$4
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# configure FOLDER [OPTION…]: the host says itself what changed.
configure() {
  local folder=$1
  shift
  "$cmake" -S "$here/host" -B "$folder" -G Ninja -D ZEUS_SOURCE="$zeus" -D CMAKE_CXX_COMPILER="$compiler" \
    -D PROGRAM="$here/outside_program/main.cc" "$@" > log 2>&1 || { cat log >&2; exit 1; }
}

# takes FOLDER [OPTION…] and refuses FOLDER SENTENCE [OPTION…]: a program compiled so, by the zeus there.
takes() {
  local folder=$1
  shift
  echo '#include "zeus/abi.h"' > program.cc
  "$compiler" -std=c++20 -fsyntax-only -I "$folder/zeus/include" "$@" program.cc
}
refuses() {
  local folder=$1 sentence=$2
  shift 2
  if takes "$folder" "$@" 2> refused; then
    echo "$folder takes a program compiled with $*" >&2
    exit 1
  fi
  grep -q "$sentence" refused || { cat refused >&2; exit 1; }
}

case $what in
  configure)
    configure plain
    configure plain  # the second time the cache is there
    configure left_out -D LEFT_OUT=ON
    configure installed -D WITH_INSTALL=ON
    configure installed -D WITH_INSTALL=ON
    # What the host is compiled with is what its programs must be compiled with.
    refuses plain 'built with _GLIBCXX_USE_CXX11_ABI=1' -D_GLIBCXX_USE_CXX11_ABI=0
    configure flags -D CMAKE_CXX_FLAGS=-D_GLIBCXX_USE_CXX11_ABI=0
    takes flags -D_GLIBCXX_USE_CXX11_ABI=0
    refuses flags 'built with _GLIBCXX_USE_CXX11_ABI=0'
    configure debug -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG=-D_GLIBCXX_DEBUG
    takes debug -D_GLIBCXX_DEBUG
    refuses debug 'built with _GLIBCXX_DEBUG'
    ;;
  build)
    configure plain -D LEFT_OUT=ON -D CMAKE_CXX_FLAGS=-O0
    "$cmake" --build plain > log 2>&1 || { tail -n 40 log >&2; exit 1; }
    plain/host_program
    [[ -x plain/zeus-guard ]] || { echo "zeus-guard is not beside the program" >&2; exit 1; }
    "$cmake" --install plain --prefix prefix > log
    [[ $(cd prefix && find . -type f | sort | tr '\n' ' ') == './bin/host_program ./bin/zeus-guard ' ]] ||
      { echo "zeus installed files with its host:" >&2; find prefix -type f >&2; exit 1; }
    ;;
esac
