#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Writes docs/simulator_report.md: real clients on the simulated driver, and what the library does about
# each fault.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh build python
source tools/steps.sh
source tools/python_environment.sh
python_environment "$venv" "${build_packages[@]}" "${check_packages[@]}"
build_wheel
python_environment "$test_venv" "${test_packages[@]}"
install_wheel "$test_venv"
python_environment "$clients_venv" "${clients_packages[@]}"
report() {
  ZEUS_COMMAND="$test_venv/bin/zeus" "$test_venv/bin/python" tools/simulator_report.py \
    "$clients_venv/bin/python" > build/simulator_report.md
}
step "report" report
cp build/simulator_report.md docs/simulator_report.md
cat docs/simulator_report.md
