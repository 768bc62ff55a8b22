# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Sourced after steps.sh: the environments in which the Python package is built, tested and checked.
venv=$PWD/build/venv               # builds and checks
test_venv=$PWD/build/test-venv     # the package, and what its tests use
wheels=$PWD/build/wheels

build_packages=('scikit-build-core>=0.10' 'nanobind>=2.4' mypy ruff pytest prometheus-client)
test_packages=(pytest prometheus-client nvidia-ml-py 'nanobind>=2.4')

# python_environment FOLDER PACKAGE…: made anew when the packages are others than last time.
python_environment() {
  local folder=$1 stamp="$1/packages"
  shift
  [[ ! -f $stamp || $(< "$stamp") != "$*" ]] || return 0
  make_environment() {
    local folder=$1
    shift
    rm -rf "$folder" && python3 -m venv "$folder" &&
      "$folder/bin/pip" install --quiet --upgrade pip &&
      "$folder/bin/pip" install --quiet "$@" && echo "$*" > "$folder/packages"
  }
  step "environment ${folder##*/}" make_environment "$folder" "$@"
}

# Builds the wheel. The build folder is kept: the second time only what changed is compiled.
build_wheel() {
  python_environment "$venv" "${build_packages[@]}" || return 1
  rm -rf "$wheels"
  step "build wheel" "$venv/bin/pip" wheel --no-build-isolation --no-deps -w "$wheels" \
    -C build-dir=build/python -C cmake.define.ZEUS_WERROR=ON .
}

# install_wheel FOLDER: puts the wheel into that environment.
install_wheel() {
  step "install in ${1##*/}" "$1/bin/pip" install --no-deps --force-reinstall "$wheels"/*.whl
}
