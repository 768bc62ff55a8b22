# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Sourced after steps.sh: the Python environment in which the package is built, tested and checked.
venv=$PWD/build/venv
python_packages=(
  'scikit-build-core>=0.10' 'nanobind>=2.4' pytest prometheus-client nvidia-ml-py mypy ruff)

python_environment() {
  local stamp="$venv/packages" wanted="${python_packages[*]}"
  [[ ! -f $stamp || $(< "$stamp") != "$wanted" ]] || return 0
  make_environment() {
    rm -rf "$venv" && python3 -m venv "$venv" &&
      "$venv/bin/pip" install --quiet --upgrade pip &&
      "$venv/bin/pip" install --quiet "${python_packages[@]}" && echo "$wanted" > "$stamp"
  }
  step "python environment" make_environment
}
