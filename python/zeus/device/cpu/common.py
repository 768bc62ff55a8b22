# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""CPUs and what they raise."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from zeus.device.exception import ZeusBaseCPUError


class ZeusCPUInitError(ZeusBaseCPUError):
    """The CPU's energy counters can't be used."""


class ZeusCPUNoPermissionError(ZeusBaseCPUError):
    """This process may not read the CPU's energy counters."""


class ZeusCPUNotFoundError(ZeusBaseCPUError):
    """There is no such CPU."""


@dataclass
class CpuDramMeasurement:
    """A CPU's energy and its memory's, in mJ; None where the memory has no counter."""

    cpu_mj: float
    dram_mj: float | None = None

    def __sub__(self, other: CpuDramMeasurement) -> CpuDramMeasurement:
        if self.dram_mj is None and other.dram_mj is None:
            dram_mj = None
        else:
            dram_mj = (self.dram_mj or 0.0) - (other.dram_mj or 0.0)
        return CpuDramMeasurement(self.cpu_mj - other.cpu_mj, dram_mj)

    def __truediv__(self, other: float) -> CpuDramMeasurement:
        if not isinstance(other, (int, float)):
            return NotImplemented
        dram_mj = None if self.dram_mj is None else self.dram_mj / other
        return CpuDramMeasurement(self.cpu_mj / other, dram_mj)


class CPU(ABC):
    """One CPU package."""

    def __init__(self, cpu_index: int) -> None:
        self.cpu_index = cpu_index

    @abstractmethod
    def get_total_energy_consumption(self) -> CpuDramMeasurement:
        """The energy used so far, in mJ."""

    @abstractmethod
    def supports_get_dram_energy_consumption(self) -> bool:
        """Whether the memory's energy is measured, too."""


class CPUs(ABC):
    """The CPU packages of this machine. Every method takes a package's index first."""

    @property
    @abstractmethod
    def cpus(self) -> Sequence[CPU]:
        """The packages."""

    def __len__(self) -> int:
        return len(self.cpus)

    def get_total_energy_consumption(self, index: int) -> CpuDramMeasurement:
        """The energy used so far, in mJ."""
        return self.cpus[index].get_total_energy_consumption()

    def supports_get_dram_energy_consumption(self, index: int) -> bool:
        """Whether the memory's energy is measured, too."""
        return self.cpus[index].supports_get_dram_energy_consumption()


class EmptyCPUs(CPUs):
    """No CPUs, where a program goes on without any. Methods that want one raise ValueError."""

    @property
    def cpus(self) -> Sequence[CPU]:
        """An empty list."""
        return []

    def get_total_energy_consumption(self, index: int) -> CpuDramMeasurement:
        """Raises ValueError."""
        raise ValueError("No CPUs available.")

    def supports_get_dram_energy_consumption(self, index: int) -> bool:
        """Raises ValueError."""
        raise ValueError("No CPUs available.")
