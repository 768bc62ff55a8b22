# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The command `zeus`: a program of its own, started from where the package is installed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def main() -> None:
    """Becomes the program, with the command line's arguments."""
    # Python has ignored these since its start. The program must end when nobody reads its output,
    # and what it runs must find them as under the program itself.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    program = Path(__file__).parent / "_native" / "bin" / "zeus"
    try:
        os.execv(program, ["zeus", *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"zeus: {program} can't be started: {error.strerror}; install zeus-cpp again")
