# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""CPU packages, through the C++ library."""

from __future__ import annotations

from collections.abc import Sequence

from zeus import _zeus
from zeus._per_process import OnePerProcess
from zeus.device.cpu.common import CPU, CpuDramMeasurement, CPUs

_MILLIJOULES = 1000.0


class NativeCPU(OnePerProcess, CPU):
    """One CPU package."""

    def __init__(self, device: _zeus.Cpu) -> None:
        super().__init__(device.index)
        self.device = device

    def get_total_energy_consumption(self) -> CpuDramMeasurement:
        """The energy used since the package was found, in mJ."""
        package, dram = self.device.total_energy()
        return CpuDramMeasurement(
            package * _MILLIJOULES, None if dram is None else dram * _MILLIJOULES
        )

    def supports_get_dram_energy_consumption(self) -> bool:
        """Whether the memory's energy is measured, too."""
        return self.device.has_dram


class NativeCPUs(OnePerProcess, CPUs):
    """The CPU packages whose energy can be read."""

    def __init__(self, devices: list[_zeus.Cpu]) -> None:
        self._cpus = [NativeCPU(device) for device in devices]

    @property
    def cpus(self) -> Sequence[NativeCPU]:
        """The packages."""
        return self._cpus

    def devices(self, indices: list[int]) -> list[_zeus.Cpu]:
        """The packages of these indices, for the engine.

        Raises:
            IndexError: There is none of an index.
        """
        for index in indices:
            if not 0 <= index < len(self._cpus):
                raise IndexError(f"there is no CPU {index}: {len(self._cpus)}, counted from 0")
        return [self._cpus[index].device for index in indices]
