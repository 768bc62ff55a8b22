#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Shows that the README's way to install works on bare systems, as root and with a network:
#
#   try_install.sh SUITE…       Debian's or Ubuntu's minimal system (bookworm, trixie, noble) in a folder:
#                               make install-python, then the README's first program on simulated GPUs
#   try_install.sh VERSION…     pip for that Python, with the system's libraries, CMake and Ninja hidden;
#                               the wheel in an empty environment, and what auditwheel says of it
#
# By default bookworm, noble, 3.10 and 3.13, some ten minutes each on two cores; unoptimized with QUICK=1. The
# systems are kept in $ZEUS_TREES, by default build/trees.
set -euo pipefail
cd "$(dirname "$0")/.."
trees=$(realpath -m "${ZEUS_TREES:-build/trees}")
source tools/steps.sh
source tools/python_environment.sh
mkdir -p "$trees"
quick=()
[[ -z ${QUICK:-} ]] || quick=(SKBUILD_CMAKE_BUILD_TYPE=None)

make_tree() {
  local suite=$1 tree=$2 mirror=http://deb.debian.org/debian components=main
  local options=()
  [[ ! -e $tree/complete ]] || return 0
  if [[ $suite == noble ]]; then
    mirror=http://archive.ubuntu.com/ubuntu components=main,universe
    # debootstrap knows no releases younger than itself, but they are all made alike.
    [[ -e /usr/share/debootstrap/scripts/noble ]] || options+=(gutsy)
  fi
  rm -rf --one-file-system "$tree"
  debootstrap --variant=minbase "--components=$components" \
    ${ZEUS_KEYRING:+"--keyring=$ZEUS_KEYRING"} "$suite" "$tree" "$mirror" "${options[@]}" &&
    touch "$tree/complete"
}

# in_tree TREE COMMAND…: as root there, with a copy of these sources in /root/zeus-cpp.
in_tree() {
  local tree=$1
  shift
  rm -rf "$tree/root/zeus-cpp"
  mkdir -p "$tree/root/zeus-cpp"
  tools/sources.sh | tar cf - -T - | tar xf - -C "$tree/root/zeus-cpp"
  cp /etc/resolv.conf "$tree/etc/resolv.conf"
  # This machine's certificates: a proxy's may be among them.
  mkdir -p "$tree/etc/zeus-try"
  cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/zeus-try/"
  # Namespaces, so that /proc goes away with them.
  unshare --mount --pid --fork --kill-child sh -c 'mount -t proc proc "$0/proc" && exec chroot "$@"' "$tree" \
    "$tree" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 PIP_CERT=/etc/zeus-try/ca-certificates.crt "${quick[@]}" "$@"
}

try_suite() {
  local suite=$1 tree="$trees/$1"
  step "tree $suite" make_tree "$suite" "$tree" || return 1
  # What a person types there first: git or a tarball brings the sources, make the rest.
  step "make on $suite" in_tree "$tree" sh -c \
    'command -v make || { apt-get update && apt-get -y --no-install-recommends install make; }' ||
    return 1
  step "install on $suite" in_tree "$tree" sh -c 'cd ~/zeus-cpp && make install-python VENV=~/venv' ||
    return 1
  step "program on $suite" in_tree "$tree" sh -c 'cd / && ~/venv/bin/python \
    ~/zeus-cpp/tests/package/readme_program.py ~/zeus-cpp/README.md && ~/venv/bin/zeus demo' || return 1
  head -n 1 "$logs/program-on-$suite.log"
}

# try_wheel VERSION: with nothing but compiler and Python, then in an environment that is empty.
try_wheel() {
  local version=$1 folder="$PWD/build/try-$1" python
  python=$(python_of "$version")
  if [[ -z $python ]]; then
    echo "Python $version is not on this machine: not tried"
    return 0
  fi
  python=$python python_environment "$folder/build-venv" pip auditwheel || return 1
  rm -rf "$folder/wheels" "$folder/venv" "$folder/bin"
  mkdir -p "$folder/bin"
  # A PATH without CMake and Ninja; CMake finds no library's headers in the system's folders.
  for tool in cc c++ gcc g++ ld as ar ranlib nm strip sh env uname ccache; do
    ! command -v "$tool" > /dev/null || ln -s "$(command -v "$tool")" "$folder/bin/$tool"
  done
  step "wheel $version" env "${quick[@]}" PATH="$folder/bin" "$folder/build-venv/bin/pip" wheel --no-deps \
    -w "$folder/wheels" -C build-dir="$folder/cmake" \
    -C cmake.define.CMAKE_IGNORE_PATH=/usr/include . || return 1
  step "empty $version" "$python" -m venv "$folder/venv" &&
    step "install $version" "$folder/venv/bin/pip" install --no-deps "$folder"/wheels/*.whl || return 1
  step "program $version" env -C / PATH=/nonexistent "$folder/venv/bin/python" \
    "$PWD/tests/package/readme_program.py" "$PWD/README.md" || return 1
  step "auditwheel $version" "$folder/build-venv/bin/auditwheel" show "$folder"/wheels/*.whl || return 1
  grep -A 30 'is consistent with' "$logs/auditwheel-$version.log"
}

[[ $# -gt 0 ]] || set -- bookworm noble 3.10 3.13
failed=0
for what in "$@"; do
  if [[ $what == 3.* ]]; then
    try_wheel "$what" || failed=1
  else
    try_suite "$what" || failed=1
  fi
done
exit "$failed"
