#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the zeus command and the simulated driver and runs `zeus demo` with the arguments given.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh build
source tools/steps.sh
build release zeus_command zeus_simulator
exec build/release/apps/zeus demo "$@"
