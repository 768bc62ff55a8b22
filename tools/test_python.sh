#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Python package into an environment of its own, build/venv, and tests it there; then
# beside the package that it replaces. The results go to build/test-results/python.xml and
# python-side-by-side.xml, in the form that count_tests.py reads.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/steps.sh
source tools/python_environment.sh

results=build/test-results
mkdir -p "$results"
# pytest_run NAME COMMAND…: what failed is in the results.
pytest_run() {
  local name=$1 result="$results/$1.xml"
  shift
  rm -f "$result"
  step "test $name" "$@" -q --junitxml="$result" > "$logs/step" 2>&1 || true
  head -n 1 "$logs/step"
  [[ ! -s $result ]] || python3 tools/pytest_results.py "$result"
}

python_environment || exit 1
# The build folder is kept: the second time only what changed is compiled.
step "install python" "$venv/bin/pip" install --no-build-isolation --no-deps --force-reinstall \
  -C build-dir=build/python -C cmake.define.ZEUS_WERROR=ON . || exit 1
pytest_run python "$venv/bin/python" -m pytest python/tests
pytest_run python-side-by-side python/tests/compat/run.sh "$venv/bin/python"
