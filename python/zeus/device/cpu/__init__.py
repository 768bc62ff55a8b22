# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The CPU packages of this machine."""

from __future__ import annotations

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
]


def get_cpus() -> CPUs:
    """The CPU packages whose energy can be read: none in this version."""
    return EmptyCPUs()
