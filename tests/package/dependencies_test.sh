#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# dependencies_test.sh ZEUS_SOURCE CMAKE COMPILER: where the libraries that zeus is built from are taken
# from, without a network.
set -euo pipefail
zeus=$1 cmake=$2 compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "$*" >&2
  cat log >&2
  exit 1
}
# configure FOLDER [OPTION…]: the library and the command alone, no system headers, no downloads.
configure() {
  local folder=$1
  shift
  "$cmake" -S "$zeus" -B "$folder" -G Ninja -D CMAKE_CXX_COMPILER="$compiler" -D ZEUS_BUILD_TESTS=OFF \
    -D ZEUS_BUILD_BENCHMARKS=OFF -D FETCHCONTENT_FULLY_DISCONNECTED=ON \
    -D "CMAKE_IGNORE_PATH=/usr/include;/usr/local/include" "$@" > log 2>&1
}

# library FOLDER FMT_VERSION JSON_MINOR CLI11_MINOR: stands in for the three libraries' headers.
library() {
  mkdir -p "$1"/include/{fmt,nlohmann/detail,CLI}
  echo "#define FMT_VERSION $2" > "$1/include/fmt/core.h"
  printf '#define NLOHMANN_JSON_VERSION_%s\n' "MAJOR 3  // lint" "MINOR $3" "PATCH 2" \
    > "$1/include/nlohmann/detail/abi_macros.hpp"
  printf '#define CLI11_VERSION_%s\n' "MAJOR 2" "MINOR $4" "PATCH 2" > "$1/include/CLI/Version.hpp"
}
library new 110203 12 6
library old 80101 10 6

configure prefix -D CMAKE_PREFIX_PATH="$work/new" || fail "libraries in CMAKE_PREFIX_PATH are not taken"
for line in "fmt 11.2.3 in $work/new" "nlohmann_json 3.12.2 in $work/new" "cli11 2.6.2 in $work/new"; do
  grep -q "$line" log || fail "no line: $line"
done
configure sources -D FETCHCONTENT_SOURCE_DIR_FMT="$work/new" -D CMAKE_PREFIX_PATH="$work/old" \
  -D FETCHCONTENT_SOURCE_DIR_NLOHMANN_JSON="$work/new" || fail "FETCHCONTENT_SOURCE_DIR_… is not taken"
grep -q "fmt 11.2.3 in $work/new" log || fail "fmt is not taken from where FETCHCONTENT_SOURCE_DIR_FMT says"

# Too old, or not there at all: one line, with the command.
configure too_old -D CMAKE_PREFIX_PATH="$work/old" && fail "libraries that are too old are taken"
line='zeus: fmt 9.1, nlohmann_json 3.11.2 or newer not found, and fetching failed: .*; install with: sudo apt-get install libfmt-dev nlohmann-json3-dev$'
grep -qE "$line" log || fail "no line: $line"
configure none && fail "is configured without libraries"
line='install with: sudo apt-get install libfmt-dev nlohmann-json3-dev libcli11-dev$'
grep -qE "$line" log || fail "no line: $line"
[[ $(grep -c 'CMake Error' log) == 1 ]] || fail "more than one error"

# Downloads: another file than the expected one is not taken, the next address is asked.
tar czf new.tar.gz new
echo "not the library" > other.tar.gz
cat > CMakeLists.txt << PROJECT
cmake_minimum_required(VERSION 3.25)
project(downloads LANGUAGES NONE)
include("$zeus/cmake/zeus_headers.cmake")
zeus_headers(own_fmt NAME fmt VERSION 9.1 MACRO FMT VERSION_IN fmt/core.h PACKAGE libfmt-dev
  SHA256 $(sha256sum new.tar.gz | cut -d ' ' -f 1) URLS \${ADDRESSES})
zeus_report_missing()
PROJECT
download() {
  "$cmake" -S . -B "$1" -G Ninja -D "CMAKE_IGNORE_PATH=/usr/include;/usr/local/include" \
    -D "ADDRESSES=$2" > log 2>&1
}
download good "file://$work/nowhere.tar.gz;file://$work/other.tar.gz;file://$work/new.tar.gz" ||
  fail "the third address is not taken"
grep -q "fmt 11.2.3 in $work/good" log || fail "fmt was not unpacked"
mv new.tar.gz away.tar.gz
download good "file://$work/new.tar.gz" || fail "what was downloaded once is not used again"
download bad "file://$work/other.tar.gz" && fail "a file with another SHA-256 is taken"
grep -q 'not the expected one (SHA-256); install with: sudo apt-get install libfmt-dev' log ||
  fail "the wrong file is not named"

# The Python package's build says in one line what is missing beside libraries.
mkdir empty
printf '#!/bin/sh\necho 1.11.1\n' > ninja
chmod +x ninja
env -u CXX PATH="$work/empty" "$cmake" -S "$zeus/python" -B no_compiler -G Ninja \
  -D CMAKE_MAKE_PROGRAM="$work/ninja" -D "CMAKE_IGNORE_PATH=/usr/bin;/bin;/usr/local/bin" > log 2>&1 && fail "is configured without a compiler"
grep -q ' there is no C++ compiler; install one with: sudo apt-get install g++' log ||
  fail "a missing compiler is not named"
