#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Python package: the system packages that building it needs, a wheel built for the Python
# that is to have it, and that wheel. install_python.sh [FOLDER]: into the virtual environment in
# FOLDER, which is made if need be; by default into the active environment.
set -euo pipefail
folder=${1:+$(realpath -m -- "$1")}
cd "$(dirname "$0")/.."

if [[ -n $folder ]]; then
  python=$folder/bin/python
elif [[ -n ${VIRTUAL_ENV:-} ]]; then
  python=$VIRTUAL_ENV/bin/python
  if [[ ! -x $python ]]; then
    echo "install-python: VIRTUAL_ENV is $VIRTUAL_ENV, where there is no bin/python; activate an environment again" >&2
    exit 1
  fi
else
  python=$(command -v python3 || true)
  # PEP 668: a system's own Python is left to the system's package manager.
  is_managed='import os, sys, sysconfig
marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
sys.exit(sys.prefix != sys.base_prefix or not os.path.exists(marker))'
  if [[ -z $python ]] || "$python" -c "$is_managed"; then
    cat >&2 << 'ADVICE'
install-python: no environment is active, and the system's own Python is left to its package manager.
Let this command make an environment and install there:

    make install-python VENV=~/zeus-venv && . ~/zeus-venv/bin/activate

or activate yours and run `make install-python` again.
ADVICE
    exit 1
  fi
fi

# Where packages cannot be installed, the build fetches libraries, CMake and Ninja itself: compiler and
# Python's headers are enough.
tools/setup.sh install || echo "install-python: going on without these packages" >&2
if [[ ! -x $python ]]; then
  python3 -m venv "$folder" || exit 1
fi
source tools/steps.sh

# Built in a folder of its own, whose pip also serves environments that have none.
build=$PWD/build/install
rm -rf "$build/wheels"
build_wheel() {
  [[ -x $build/venv/bin/python ]] &&
    [[ $("$build/venv/bin/python" -V) == "$("$python" -V)" ]] ||
    { rm -rf "$build/venv" && "$python" -m venv "$build/venv"; }
  "$build/venv/bin/python" -m pip install --quiet --upgrade 'pip>=23' &&
    "$build/venv/bin/python" -m pip wheel --no-deps -w "$build/wheels" .
}
step "wheel" build_wheel || exit 1
step "install" "$build/venv/bin/python" -m pip --python "$python" install --force-reinstall \
  --no-deps "$build"/wheels/*.whl || exit 1
printf 'zeus-cpp is installed for %s\n' "$python"
