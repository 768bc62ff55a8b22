#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# What to run before each commit, in under 3 minutes once everything is built: format, headers, lengths
# and includes of the files that changed, the release build, its tests but for those labelled "slow",
# and the Python package's own tests. Prints what it leaves out. `make lint` and `make test` do all.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh build mpi lint python
source tools/steps.sh
source tools/python_environment.sh

failed=0
since=$(change_base 2> /dev/null)
if [[ -n $since ]]; then files=$(changed_files "$since"); else files=$(tools/sources.sh); fi
mapfile -t changed < <(while read -r file; do [[ ! -f $file ]] || echo "$file"; done <<< "$files")
mapfile -t sources < <(printf '%s\n' "${changed[@]}" | grep -E '\.(h|cc|c)$' || true)
if [[ ${#sources[@]} -gt 0 ]]; then
  step "format" clang-format-16 --dry-run -Werror "${sources[@]}" || failed=1
fi
if [[ ${#changed[@]} -gt 0 ]]; then
  step "licences and lengths" python3 tools/check_files.py "${changed[@]}" || failed=1
fi
mapfile -t scripts < <(printf '%s\n' "${changed[@]}" | grep -E '\.py$' || true)
if [[ ${#scripts[@]} -gt 0 && -x $venv/bin/ruff ]]; then
  step "python format" "$venv/bin/ruff" format --check "${scripts[@]}" || failed=1
  step "python rules" "$venv/bin/ruff" check "${scripts[@]}" || failed=1
fi
step "include direction" python3 tools/check_includes.py || failed=1

results=build/test-results
mkdir -p "$results"
rm -f "$results/check.xml" "$results/check-python.xml"
runs=("release=$results/check.xml")
configure_options=(-D ZEUS_WITH_MPI=ON)
if build release; then
  step "test release" ctest --test-dir build/release -j "$(nproc)" --timeout 600 -LE '^slow$' \
    --output-junit "$PWD/$results/check.xml" --no-tests=error || failed=1
fi

left_out=("the sanitizers, clang-tidy, fuzzing, other Pythons, PyTorch and other programs")
slow=$(ctest --test-dir build/release -N -L '^slow$' 2> /dev/null |
  sed -n 's/^Total Tests: //p' || true)
left_out+=("${slow:-0} slow tests: jobs under mpirun, builds against the installed package")
# The environments take minutes to make: `make test` does that.
if [[ -f $venv/packages && -f $test_venv/packages ]]; then
  runs+=("python=$results/check-python.xml")
  if build_wheel && install_wheel "$test_venv"; then
    step "test python" "$test_venv/bin/python" -m pytest python/tests -q \
      --junitxml="$results/check-python.xml" || failed=1
    python3 tools/pytest_results.py "$results/check-python.xml" || true
  fi
else
  left_out+=("the Python package: make test makes the environment for its tests")
fi

python3 tools/count_tests.py "${runs[@]}" || failed=1
printf 'left out: %s\n' "${left_out[@]}"
printf 'took %d s\n' "$SECONDS"
exit "$failed"
