#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Writes the extension module's type stubs, python/zeus/_zeus.pyi, from the package that is installed
# in build/venv (tools/test_python.sh installs it), or for another Python: stubs.sh PYTHON.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-build/venv/bin/python}
made=$(mktemp)
trap 'rm -f "$made"' EXIT
"$python" -m nanobind.stubgen -q -m zeus._zeus -o "$made"
{
  printf '# SPDX-FileCopyrightText: 2026 The zeus-cpp authors\n'
  printf '# SPDX-License-Identifier: Apache-2.0\n\n'
  cat "$made"
} > python/zeus/_zeus.pyi
