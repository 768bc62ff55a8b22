#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Checks that each source file opens with its licence and is not too long.

check_files.py FILE…: exit code 1 and one line a violation; a file past WARN_LINES only warns.
"""

import pathlib
import sys

WARN_LINES = 400
MOST_LINES = 600
SOURCES = {".h", ".cc", ".c", ".py", ".sh", ".cmake"}
NAMES = {"CMakeLists.txt", "Makefile", ".clang-tidy", "run"}
SPDX = ("SPDX-FileCopyrightText: ", "SPDX-License-Identifier: Apache-2.0")


def check(name, text):
    """(errors, warnings) about a file of that name and content."""
    path = pathlib.PurePosixPath(name)
    if path.suffix not in SOURCES and path.name not in NAMES:
        return [], []
    lines = text.splitlines()
    opening = lines[1:3] if lines and lines[0].startswith("#!") else lines[:2]
    errors, warnings = [], []
    if len(opening) < 2 or any(spdx not in line for spdx, line in zip(SPDX, opening, strict=False)):
        errors.append(f"{name}:1: the two-line SPDX header is missing")
    if len(lines) > MOST_LINES:
        errors.append(f"{name}: {len(lines)} lines; split it ({MOST_LINES} at most)")
    elif len(lines) > WARN_LINES:
        warnings.append(f"{name}: {len(lines)} lines; think about splitting it")
    return errors, warnings


def main():
    failed = False
    for name in sys.argv[1:]:
        errors, warnings = check(name, pathlib.Path(name).read_text(errors="replace"))
        failed = failed or bool(errors)
        print(
            *errors,
            *(f"{warning} (a warning)" for warning in warnings),
            sep="\n",
            end="\n" if errors or warnings else "",
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
