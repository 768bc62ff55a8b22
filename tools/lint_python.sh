#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Formatting, rules and types of all Python files (pyproject.toml has the settings).
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/steps.sh
source tools/python_environment.sh

failed=0
python_environment "$venv" "${build_packages[@]}" "${check_packages[@]}" || exit 1
step "python format" "$venv/bin/ruff" format --check . || failed=1
step "python rules" "$venv/bin/ruff" check . || failed=1
step "python types" "$venv/bin/mypy" || failed=1
# Programs that share a folder import each other; in two folders they may have the same name.
for folder in examples/ examples/*/; do
  programs=("$folder"*.py)
  [[ -e ${programs[0]} ]] || continue
  step "types in $(basename "$folder")" "$venv/bin/mypy" "${programs[@]}" || failed=1
done
exit "$failed"
