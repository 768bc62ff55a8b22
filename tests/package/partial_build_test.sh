#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# partial_build_test.sh BUILD_FOLDER CMAKE: a build of which something is missing, as after `make demo`, is
# completed by `cmake --install`, and what cannot be completed installs nothing.
set -euo pipefail
build=$1 cmake=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rm -f "$build/apps/zeus.1"  # no other test reads it
"$cmake" --install "$build" --prefix "$work/whole" > "$work/log" || { cat "$work/log"; exit 1; }
for file in bin/zeus share/man/man1/zeus.1 lib/zeus/simulator/libnvidia-ml.so.1 \
  lib/zeus/simulator/libzeus-virtual-clock.so lib/zeus/simulator/bin/nvidia-smi \
  lib/zeus/zeus-guard; do
  [[ -e $work/whole/$file ]] || { echo "$file is not installed" >&2; exit 1; }
done

# The same install script beside a build folder that cannot build.
mkdir "$work/broken"
sed "s|--build \"[^\"]*\"|--build \"$work/broken\"|; s|if(EXISTS [^)]*)|if(FALSE)|" \
  "$build"/build_missing_*.cmake > "$work/build_missing.cmake"
if "$cmake" -P "$work/build_missing.cmake" > "$work/log" 2>&1; then
  echo "a build that fails is no error" >&2
  exit 1
fi
grep -q 'zeus: nothing was installed, because building it failed; build it first: cmake --build' \
  "$work/log" || { cat "$work/log"; exit 1; }
