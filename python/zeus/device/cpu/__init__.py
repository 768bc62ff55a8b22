# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The CPU packages of this machine."""

from __future__ import annotations

import os
from typing import Literal

from zeus import _machine
from zeus.device.cpu._native import NativeCPUs
from zeus.device.cpu.common import (
    CPU,
    CpuDramMeasurement,
    CPUs,
    EmptyCPUs,
    ZeusCPUInitError,
    ZeusCPUNoPermissionError,
    ZeusCPUNotFoundError,
)

_cpus: tuple[int, CPUs] | None = None

__all__ = [
    "CPU",
    "CPUs",
    "CpuDramMeasurement",
    "EmptyCPUs",
    "ZeusCPUInitError",
    "ZeusCPUNoPermissionError",
    "ZeusCPUNotFoundError",
    "get_cpus",
    "get_current_cpu_index",
]


def get_current_cpu_index(pid: int | Literal["current"] = "current") -> int:
    """The CPU package that a process runs on now; it may move unless it is pinned (taskset).

    Args:
        pid: The process; "current" for this one.

    Raises:
        OSError: There is no such process.
    """
    process = os.getpid() if pid == "current" else pid
    # The program's name, in parentheses, may hold blanks: fields are counted from behind it.
    # Not by pathlib, whose import is a tenth of what importing zeus.monitor takes.
    with open(f"/proc/{process}/stat") as file:  # noqa: PTH123
        core = int(file.read().rpartition(")")[2].split()[36])
    with open(f"/sys/devices/system/cpu/cpu{core}/topology/physical_package_id") as file:  # noqa: PTH123
        return int(file.read())


def get_cpus() -> CPUs:
    """The CPU packages whose energy can be read, the same object at each call; often none.

    They are read through Linux's powercap interface (RAPL), which only root may by default; where
    this process may not, one warning says so and there are none.
    """
    global _cpus
    if _cpus is None or _cpus[0] != os.getpid():
        found = _machine.machine().cpus()
        _cpus = (os.getpid(), NativeCPUs(found) if found else EmptyCPUs())
    return _cpus[1]
