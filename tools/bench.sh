#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs every benchmark of the release build, with the arguments given (--benchmark_filter=…).
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh build
source tools/steps.sh
build release
found=false
for benchmark in build/release/benchmarks/*; do
  [[ -f $benchmark && -x $benchmark && $benchmark != *.so* ]] || continue
  found=true
  echo "== ${benchmark##*/}"
  "$benchmark" "$@"
done
$found || { echo "bench: no benchmark was built" >&2; exit 1; }
