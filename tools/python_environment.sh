# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Sourced after steps.sh: the environments in which the Python package is built, tested and checked.
venv=$PWD/build/venv                    # builds and checks
test_venv=$PWD/build/test-venv          # the package, and what its tests use
replaced_venv=$PWD/build/replaced-venv  # the package that this one replaces
compat_venv=$PWD/build/compat-venv      # the package, and what the other one's tests use
frameworks_venv=$PWD/build/frameworks-venv
clients_venv=$PWD/build/clients-venv    # programs that look at GPUs, without this package

build_packages=('scikit-build-core>=0.10' 'nanobind>=2.4')
check_packages=(mypy ruff pytest prometheus-client)
test_packages=(pytest prometheus-client nvidia-ml-py 'nanobind>=2.4' matplotlib tqdm)
replaced_packages=('zeus[prometheus]==0.16.0')
compat_packages=("${test_packages[@]}" pytest-mock pandas)
clients_packages=(
  nvidia-ml-py==13.615.71 gpustat==1.1.1 nvitop==1.7.2 codecarbon==3.3.2 pytest)
# Left unpinned, torch may bring gigabytes of CUDA.
frameworks_packages=(
  torch==2.13.0 transformers trl peft accelerate datasets matplotlib nbclient nbformat ipykernel tqdm
  prometheus-client pytest)

# python_environment FOLDER PACKAGE…: made anew when the packages are others than last time. Made
# with $python, by default python3.
python_environment() {
  local folder=$1 stamp="$1/packages"
  shift
  [[ ! -f $stamp || $(< "$stamp") != "$*" ]] || return 0
  make_environment() {
    local folder=$1
    shift
    rm -rf "$folder" && "${python:-python3}" -m venv "$folder" &&
      "$folder/bin/pip" install --quiet --upgrade pip &&
      "$folder/bin/pip" install --quiet "$@" && echo "$*" > "$folder/packages"
  }
  step "environment ${folder##*/}" make_environment "$folder" "$@"
}

# build_wheel [FOLDER]: a wheel in FOLDER/wheels, by default build/wheels. The build folder is kept:
# the second time only what changed is compiled. All of them are as deep as build/python, so that a
# compiler's cache has for one what was compiled for another.
build_wheel() {
  local folder=${1:-$PWD/build} objects=${1:+$1-objects}
  rm -rf "$folder/wheels"
  step "wheel ${folder##*/}" "$folder/venv/bin/pip" wheel --no-build-isolation --no-deps \
    -w "$folder/wheels" -C build-dir="${objects:-$folder/python}" -C cmake.define.ZEUS_WERROR=ON .
}

# install_wheel FOLDER [WHEEL]: puts the wheel into that environment.
install_wheel() {
  step "install in ${1##*/}" "$1/bin/pip" install --no-deps --force-reinstall \
    "${2:-$(echo build/wheels/*.whl)}"
}

# python_of VERSION: the interpreter of that version, where there is one.
python_of() {
  local found
  found=$(command -v "python$1" || true)
  [[ -n $found ]] && "$found" -c '' 2> /dev/null || found=$(
    compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1.*/bin/python" | sort -V | tail -n 1)
  echo "$found"
}
