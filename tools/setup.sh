#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing of tools/packages.txt: setup.sh [KIND…], by default build. Silent when
# nothing is.
set -euo pipefail
cd "$(dirname "$0")/.."

kinds=" ${*:-build} "
wanted=()
while read -r package uses; do
  [[ -z $package || $package == '#'* ]] && continue
  for kind in $uses; do
    if [[ $kinds == *" $kind "* ]]; then wanted+=("$package") && break; fi
  done
done < tools/packages.txt

if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
  echo "setup: no apt here; going on with what is installed. Needed: ${wanted[*]}" >&2
  exit 0
fi

# "pkg-config" is a virtual package on Ubuntu 24.04, provided by pkgconf.
installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package},${Provides}\n' |
  sed -n 's/^installed //p' | sed 's/([^)]*)//g' | tr ',\n' '  ') "
missing=()
for package in "${wanted[@]}"; do
  [[ $installed == *" $package "* ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
    as_root=(sudo -n)
  else
    echo "setup: these packages are missing and installing them needs root: ${missing[*]}" >&2
    echo "       sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

log=build/logs/setup.log
mkdir -p build/logs
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -y -o DPkg::Lock::Timeout=120 "$@" >> "$log" 2>&1 < /dev/null
}
# apt gives the lists their server's time, so only the folders tell when they were fetched.
lists_are_fresh() {
  local lists=/var/lib/apt/lists
  compgen -G "$lists/*_Packages*" > /dev/null &&
    [[ -n $(find "$lists" "$lists/partial" -maxdepth 0 -mtime -7 2> /dev/null) ]]
}

printf 'setup: installing %s\n' "${missing[*]}"
: > "$log"
lists_are_fresh || apt update || true
if ! apt install --no-install-recommends "${missing[@]}"; then
  { apt update && apt install --no-install-recommends "${missing[@]}"; } || {
    tail -n 15 "$log" >&2
    echo "setup: apt-get could not install ${missing[*]}; the whole log is $log" >&2
    exit 1
  }
fi
