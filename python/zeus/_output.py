# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What a program of this package does when its output cannot be written."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# What writing fails with, as opposed to whatever else the program does.
_UNWRITABLE = frozenset({errno.EBADF, errno.EIO, errno.ENOSPC, errno.EPIPE})


@contextmanager
def program_output() -> Iterator[None]:
    """Around all that a program prints.

    It ends by SIGPIPE, as other programs do, when its reader has gone, and with one line when the
    disk is full. Other errors are the program's own, and pass.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        # What is left to write would fail once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(f"zeus: the output cannot be written: {error.strerror}")
