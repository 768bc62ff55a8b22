#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs the side-by-side tests: run.sh PYTHON [pytest arguments…]. PYTHON has this package and pytest;
# the package it replaces gets an environment of its own, build/replaced-venv.
set -euo pipefail
cd "$(dirname "$0")/../../.."
python=$1
shift
replaced=build/replaced-venv
if ! "$replaced/bin/python" -c 'import zeus.optimizer.power_limit' 2> /dev/null; then
  rm -rf "$replaced"
  "$python" -m venv "$replaced"
  "$replaced/bin/pip" install --quiet 'zeus[prometheus]==0.16.0'
fi
ZEUS_REPLACED="$PWD/$replaced/bin/python" "$python" -m pytest python/tests/compat "$@"
