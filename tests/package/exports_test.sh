#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# exports_test.sh LIBRARY PATTERN: every name that the shared library exports matches the pattern, and
# there are some.
set -euo pipefail
names=$(nm -DC --defined-only "$1" | cut -d ' ' -f 3- | sed -E \
  's/^(typeinfo|typeinfo name|vtable|VTT|guard variable) for |^(non-virtual|virtual) thunk to //')
[[ $(wc -l <<< "$names") -gt 1 ]] || { echo "$1 exports nothing" >&2; exit 1; }
if others=$(grep -vE "^($2)" <<< "$names"); then
  echo "$1 exports these, too:" >&2
  head -n 20 <<< "$others" >&2
  exit 1
fi
