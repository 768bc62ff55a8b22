#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds and runs all tests in the release build and under the address and undefined-behaviour
# sanitizers, those labelled "threads" under the thread sanitizer, and the Python package
# (test_python.sh). Ends with one count.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh build mpi python test
source tools/steps.sh

# The sanitizers of g++ 12 and 13 cannot place their shadow memory where the kernel randomizes
# addresses by more than 28 bits.
fixed_addresses=()
if [[ $(cat /proc/sys/vm/mmap_rnd_bits 2> /dev/null || echo 0) -gt 28 ]] &&
  setarch "$(uname -m)" -R true 2> /dev/null; then
  fixed_addresses=(setarch "$(uname -m)" -R)
fi

results=()
# run PRESET LABELS [TARGET…]: the tests with that label (all when empty), of those targets.
run() {
  local preset=$1 labels=$2 result="$PWD/$logs/tests-$1.xml"
  shift 2
  rm -f "$result"
  results+=("$preset=$result")
  build "$preset" "$@" || return 0  # a missing result counts as a failure
  step "test $preset" "${fixed_addresses[@]}" ctest --test-dir "build/$preset" -j 2 --timeout 600 \
    --output-junit "$result" --no-tests=error ${labels:+-L "$labels"} > "$logs/step" 2>&1 || true
  # The count shows what failed, unless CTest itself did.
  if [[ -s $result ]]; then head -n 1 "$logs/step"; else cat "$logs/step"; fi
}

configure_options=(-D ZEUS_WITH_MPI=ON)
run release ''
# libasan of g++ 12 is wrong about where the thread-local storage of a library lies that is loaded
# later, as drivers are, and its leak check crashes on that.
export ASAN_OPTIONS=intercept_tls_get_addr=0
run asan-ubsan ''
configure_options=()  # the thread sanitizer can't see into Open MPI
run tsan '^threads$' zeus_thread_tests
tools/test_python.sh || true  # a missing result counts as a failure
while read -r suite; do
  results+=("$suite=build/test-results/$suite.xml")
done < build/test-results/python
python3 tools/count_tests.py "${results[@]}"
