# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The CPU packages of this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from zeus.device.cpu.common import (
    CPU,
    CpuDramMeasurement,
    CPUs,
    EmptyCPUs,
    ZeusCPUInitError,
    ZeusCPUNoPermissionError,
    ZeusCPUNotFoundError,
)

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
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    core = int(fields[36])
    package = Path(f"/sys/devices/system/cpu/cpu{core}/topology/physical_package_id")
    return int(package.read_text())


def get_cpus() -> CPUs:
    """The CPU packages whose energy can be read: none in this version."""
    return EmptyCPUs()
