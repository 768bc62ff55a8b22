#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh lint
tools/sources.sh .h .cc .c | xargs -r clang-format-16 -i
