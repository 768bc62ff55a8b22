# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The bases of what devices raise."""

from zeus.exception import ZeusBaseError


class ZeusBaseGPUError(ZeusBaseError):
    """What a GPU or its driver answered.

    Attributes:
        code: The driver's number for the failure (nvmlReturn_t), 0 where it isn't the driver's.
        call: The driver's function that failed, or "".
    """

    code: int = 0
    call: str = ""


class ZeusBaseCPUError(ZeusBaseError):
    """A CPU's failure."""


class ZeusBaseSoCError(ZeusBaseError):
    """A system on a chip's failure."""


class ZeusdError(ZeusBaseGPUError):
    """The daemon's failure."""
