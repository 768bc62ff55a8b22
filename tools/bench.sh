#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs every benchmark of the release build, with the arguments given (--benchmark_filter=…), and
# without arguments also the Python package beside the one that it replaces.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh build mpi python
source tools/steps.sh
source tools/python_environment.sh
configure_options=(-D ZEUS_WITH_MPI=ON)
build release
found=false
for benchmark in build/release/benchmarks/*; do
  [[ -f $benchmark && -x $benchmark && $benchmark != *.so* ]] || continue
  found=true
  echo "== ${benchmark##*/}"
  "$benchmark" "$@"
done
$found || { echo "bench: no benchmark was built" >&2; exit 1; }

if [[ $# -eq 0 ]]; then
  echo "== MPI"
  for ranks in 4 16; do
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 \
      OMPI_MCA_mpi_yield_when_idle=1 mpirun -n "$ranks" build/release/benchmarks/mpi/mpi_benchmark
  done
  python_environment "$venv" "${build_packages[@]}" "${check_packages[@]}"
  build_wheel
  python_environment "$test_venv" "${test_packages[@]}"
  install_wheel "$test_venv"
  python_environment "$replaced_venv" "${replaced_packages[@]}"
  echo "== Python"
  "$test_venv/bin/python" benchmarks/python/compare.py "$replaced_venv/bin/python"
fi
