# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The exceptions of this package that are no GPU's. See `zeus.device` for those."""


class ZeusBaseError(Exception):
    """The base of everything that this package raises under a name of its own."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return self.message


class ZeusFileError(ZeusBaseError, OSError, ValueError):
    """A file that can't be read, written or understood; the message names it.

    Both an OSError and a ValueError, as either may be what a program looks for.
    """


class ZeusCommunicatorError(ZeusBaseError, RuntimeError):
    """The ranks of a job could not agree; the message names the rank that failed."""


class ZeusForkError(ZeusBaseError, RuntimeError):
    """An object was used in a forked child of the process that made it."""
