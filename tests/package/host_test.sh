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

case $what in
  configure)
    configure plain
    configure plain  # the second time the cache is there
    configure left_out -D LEFT_OUT=ON
    configure installed -D WITH_INSTALL=ON
    configure installed -D WITH_INSTALL=ON
    # What the host is compiled with is what its programs must be compiled with.
    grep -q 'was built with _GLIBCXX_USE_CXX11_ABI=1' plain/zeus/include/zeus/abi.h
    configure flags -D CMAKE_CXX_FLAGS=-D_GLIBCXX_USE_CXX11_ABI=0
    "$compiler" -std=c++20 -fsyntax-only -D_GLIBCXX_USE_CXX11_ABI=0 flags/zeus/include/zeus/abi.h
    ! "$compiler" -std=c++20 -fsyntax-only flags/zeus/include/zeus/abi.h 2> refused
    grep -q 'libzeus was built with _GLIBCXX_USE_CXX11_ABI=0' refused
    configure debug -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG=-D_GLIBCXX_DEBUG
    "$compiler" -std=c++20 -fsyntax-only -D_GLIBCXX_DEBUG debug/zeus/include/zeus/abi.h
    ! "$compiler" -std=c++20 -fsyntax-only debug/zeus/include/zeus/abi.h 2> refused
    grep -q 'libzeus was built with _GLIBCXX_DEBUG' refused
    ;;
  build)
    configure plain -D LEFT_OUT=ON -D CMAKE_CXX_FLAGS=-O0
    "$cmake" --build plain > log 2>&1 || { tail -n 40 log >&2; exit 1; }
    plain/host_program
    "$cmake" --install plain --prefix prefix > log
    [[ $(cd prefix && find . -type f) == ./bin/host_program ]] ||
      { echo "zeus installed files with its host:" >&2; find prefix -type f >&2; exit 1; }
    ;;
esac
