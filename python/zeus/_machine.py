# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The machine that this process runs on, looked at once and shared by all that need it."""

from __future__ import annotations

import operator
import os

from zeus import _zeus

_Circumstances = tuple[int, str | None, str | None]

_machine: _zeus.Machine | None = None
_seen_under: _Circumstances | None = None


def _circumstances() -> _Circumstances:
    environment = os.environ.get
    return (os.getpid(), environment("CUDA_VISIBLE_DEVICES"), environment("CUDA_DEVICE_ORDER"))


def machine() -> _zeus.Machine:
    """The machine; looked at anew in a child process and where the visible devices changed."""
    global _machine, _seen_under
    now = _circumstances()
    if _machine is None or _seen_under != now:
        found = _zeus.Machine()
        if found.problem:
            return found  # a driver may still come
        _machine, _seen_under = found, now
    return _machine


def forget() -> None:
    """Lets go of the machine and so, once nobody else uses a GPU, of the driver."""
    global _machine, _seen_under
    _machine = _seen_under = None


def gpus(indices: list[int]) -> list[_zeus.Gpu]:
    """The GPUs of these indices.

    Raises:
        ZeusGPUInitError: There is no driver.
        IndexError: There is no GPU of an index.
        TypeError: An index is no integer.
    """
    visible = machine().gpus()
    chosen = []
    for index in indices:
        try:
            number = operator.index(index)
        except TypeError:
            kind = type(index).__name__
            raise TypeError(f"a GPU index must be an integer, not {kind}") from None
        if not 0 <= number < len(visible):
            raise IndexError(f"there is no GPU {number}: {len(visible)} visible, counted from 0")
        chosen.append(visible[number])
    return chosen
