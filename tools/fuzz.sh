#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Lets each fuzz target of tests/fuzz search for fuzz_seconds (10), starting from its corpus. What it
# finds lies in build/fuzz/findings.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh build fuzz
source tools/steps.sh

seconds=${fuzz_seconds:-10}
findings=$PWD/build/fuzz/findings
build fuzz zeus_fuzz || exit 1
failed=0
for program in build/fuzz/tests/fuzz/*_fuzz; do
  name=$(basename "$program" _fuzz)
  mkdir -p "$findings/$name"
  step "fuzz $name" "$program" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 \
    -artifact_prefix="$findings/$name/" "$findings/$name" "tests/fuzz/corpus/$name" || failed=1
done
exit "$failed"
