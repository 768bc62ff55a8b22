#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
#
# Lists the project's files, those not yet committed too: sources.sh [ENDING…].
set -euo pipefail
cd "$(dirname "$0")/.."
{
  git ls-files --cached --others --exclude-standard 2> /dev/null ||
    find . -path ./build -prune -o -path ./.git -prune -o -type f -printf '%P\n'
} | sort -u | while read -r file; do
  [[ -f $file ]] || continue  # deleted, not yet committed
  [[ $# -eq 0 ]] && echo "$file" && continue
  for ending in "$@"; do
    [[ $file == *"$ending" ]] && echo "$file" && break
  done
done
