#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the Python package's wheel, installs it into environments that have nothing else of this
# project, and tests it there: by itself, beside the package that it replaces and with that one's own
# tests, its simulated GPUs under other programs, with PyTorch and Hugging Face, and by itself on the
# other Pythons that there are. The results go to build/test-results/python*.xml, in the form that
# count_tests.py reads; build/test-results/python names those to be expected.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/steps.sh
source tools/python_environment.sh

results=build/test-results
mkdir -p "$results"
rm -f "$results"/python*
# expect NAME: a result that must be there in the end.
expect() { echo "$1" >> "$results/python"; }
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

expect python
expect python-side-by-side
python_environment "$venv" "${build_packages[@]}" "${check_packages[@]}" && build_wheel || exit 1
python_environment "$test_venv" "${test_packages[@]}" && install_wheel "$test_venv" || exit 1
pytest_run python "$test_venv/bin/python" -m pytest python/tests
if python_environment "$replaced_venv" "${replaced_packages[@]}" &&
  python_environment "$compat_venv" "${compat_packages[@]}" && install_wheel "$compat_venv"; then
  # The daemon of the release build, which the other package is a client of.
  zeusd=$PWD/build/release/apps/zeusd/zeusd
  [[ -x $zeusd ]] || build release zeusd || exit 1
  pytest_run python-side-by-side env ZEUS_REPLACED="$replaced_venv/bin/python" ZEUSD="$zeusd" \
    "$compat_venv/bin/python" -m pytest python/tests/compat
fi

expect python-clients
if python_environment "$clients_venv" "${clients_packages[@]}"; then
  pytest_run python-clients env ZEUS_COMMAND="$test_venv/bin/zeus" "$clients_venv/bin/python" \
    -m pytest --confcutdir=python/tests/clients python/tests/clients
fi

expect python-frameworks
if python_environment "$frameworks_venv" "${frameworks_packages[@]}" &&
  install_wheel "$frameworks_venv"; then
  pytest_run python-frameworks "$frameworks_venv/bin/python" -m pytest python/tests/frameworks
fi

this=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
for version in 3.10 3.11 3.12 3.13; do
  [[ $version != "$this" ]] || continue
  python=$(python_of "$version")
  if [[ -z $python ]]; then
    echo "Python $version is not on this machine: not tested"
    continue
  fi
  expect "python-$version"
  folder=$PWD/build/python-$version
  python_environment "$folder/venv" "${build_packages[@]}" "${test_packages[@]}" &&
    build_wheel "$folder" &&
    install_wheel "$folder/venv" "$(echo "$folder"/wheels/*.whl)" || continue
  pytest_run "python-$version" "$folder/venv/bin/python" -m pytest python/tests
done
