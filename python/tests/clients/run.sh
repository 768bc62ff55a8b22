#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs real clients of the NVIDIA driver, unchanged, on the simulated one: run.sh PYTHON [pytest
# arguments…]. PYTHON has this package, whose command `zeus` is used (or name another in
# ZEUS_COMMAND). The clients get an environment of their own, build/clients-venv.
set -euo pipefail
cd "$(dirname "$0")/../../.."
python=$1
shift
clients=build/clients-venv
packages=(nvidia-ml-py==13.615.71 gpustat==1.1.1 nvitop==1.7.2 codecarbon==3.3.2 pytest)
if [[ ! -f $clients/packages || $(< "$clients/packages") != "${packages[*]}" ]]; then
  rm -rf "$clients"
  "$python" -m venv "$clients"
  "$clients/bin/pip" install --quiet "${packages[@]}"
  echo "${packages[*]}" > "$clients/packages"
fi
if [[ -z ${ZEUS_COMMAND:-} ]]; then
  ZEUS_COMMAND=$(cd / && "$python" -c '
import importlib.util, pathlib
print(pathlib.Path(importlib.util.find_spec("zeus").origin).parent / "_native" / "bin" / "zeus")')
fi
export ZEUS_COMMAND
"$clients/bin/python" -m pytest -p no:cacheprovider --rootdir=python/tests/clients \
  --confcutdir=python/tests/clients python/tests/clients "$@"
