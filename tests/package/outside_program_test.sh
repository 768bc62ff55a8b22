#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# outside_program_test.sh find_package|find_package_mpi|pkg_config BUILD_FOLDER CMAKE COMPILER
set -euo pipefail
way=$1 build=$2 cmake=$3 compiler=$4
source=$(cd "$(dirname "$0")" && pwd)/outside_program
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix="$work/a prefix"

"$cmake" --install "$build" --prefix "$prefix" > "$work/install.log"
# A copy, so that nothing is found by standing in this repository.
cp -r "$source" "$work/program"
cd "$work/program"

if [[ $way == find_package* ]]; then
  component=${way#find_package}
  component=${component#_}
  [[ -z $component ]] || mv "with_$component.cc" main.cc
  "$cmake" -S . -B build -DCOMPONENT="$component" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_CXX_COMPILER="$compiler" > log
  "$cmake" --build build >> log
  output=$(build/outside_program)
else
  # One level of quoting comes from pkg-config: the prefix has a blank in it.
  PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name zeus.pc)")
  export PKG_CONFIG_PATH
  flags=$(pkg-config --cflags --libs zeus)
  eval "'$compiler' -std=c++20 main.cc $flags -o outside_program"
  LD_LIBRARY_PATH=$(pkg-config --variable=libdir zeus | sed 's/\\ / /g')
  export LD_LIBRARY_PATH
  output=$(./outside_program)
fi
echo "$output"
[[ $output =~ ^measured\ [0-9.]+\ s ]] || { echo "unexpected output" >&2; exit 1; }

for file in LICENSE zeus-config.cmake zeus-config-version.cmake zeus.pc; do
  [[ -n $(find "$prefix" -name "$file") ]] || { echo "$file is not installed" >&2; exit 1; }
done
# The installed command finds the installed simulated driver.
if [[ $way == find_package && -x $prefix/bin/zeus ]]; then
  "$prefix/bin/zeus" demo > demo.log || { cat demo.log; exit 1; }
  for file in man/man1/zeus.1 bash-completion/completions/zeus zsh/site-functions/_zeus \
    fish/vendor_completions.d/zeus.fish; do
    [[ -s $prefix/share/$file ]] || { echo "$file is not installed" >&2; exit 1; }
  done
fi
