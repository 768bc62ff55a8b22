#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the Python package's wheel, installs it into environments that have nothing else of this
# project, and tests it there: by itself, then beside the package that it replaces. The results go to
# build/test-results/python*.xml, in the form that count_tests.py reads.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/steps.sh
source tools/python_environment.sh

results=build/test-results
mkdir -p "$results"
rm -f "$results"/python*.xml
# pytest_run NAME COMMAND…: what failed is in the results.
pytest_run() {
  local name=$1 result="$results/$1.xml"
  shift
  step "test $name" "$@" -q --junitxml="$result" > "$logs/step" 2>&1 || true
  # The count shows what failed, unless pytest itself did.
  if [[ -s $result ]]; then
    head -n 1 "$logs/step"
    python3 tools/pytest_results.py "$result"
  else
    cat "$logs/step"
  fi
}

build_wheel || exit 1
python_environment "$test_venv" "${test_packages[@]}" && install_wheel "$test_venv" || exit 1
pytest_run python "$test_venv/bin/python" -m pytest python/tests
pytest_run python-side-by-side python/tests/compat/run.sh "$test_venv/bin/python"
