# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA GPUs, through the C++ library."""

from __future__ import annotations

from collections.abc import Sequence

from zeus import _machine, _zeus
from zeus._per_process import OnePerProcess
from zeus.device.gpu.common import GPU, GPUs


def nvml_is_available() -> bool:
    """Whether NVIDIA's driver is there and works."""
    return not _machine.machine().problem


class NVIDIAGPU(OnePerProcess, GPU):
    """One NVIDIA GPU."""

    def __init__(self, gpu_index: int, device: _zeus.Gpu) -> None:
        super().__init__(gpu_index)
        self._device = device

    @property
    def supports_nonblocking_setters(self) -> bool:
        """False: setters wait for the driver, whatever `block` says."""
        return False

    def get_name(self) -> str:
        """The model's name."""
        return self._device.name

    def get_power_management_limit_constraints(self) -> tuple[int, int]:
        """The lowest and the highest power limit that can be set, in mW."""
        return self._device.power_limit_range()

    def get_power_management_limit(self) -> int:
        """The power limit that was asked for last, in mW."""
        return self._device.power_limit()

    def set_power_management_limit(self, power_limit_mw: int, block: bool = True) -> None:
        """Sets the power limit, in mW. Nothing is written where it is there already."""
        if self._device.power_limit() != power_limit_mw:
            self._device.set_power_limit(power_limit_mw)

    def reset_power_management_limit(self, block: bool = True) -> None:
        """Sets the power limit to its default."""
        self.set_power_management_limit(self._device.default_power_limit(), block)

    def set_persistence_mode(self, enabled: bool, block: bool = True) -> None:
        """Turns persistence mode on or off. Nothing is written where it is so already."""
        if self._device.persistence_mode() != bool(enabled):
            self._device.set_persistence_mode(bool(enabled))

    def get_persistence_mode(self) -> bool:
        """Whether persistence mode is on."""
        return self._device.persistence_mode()

    def get_supported_memory_clocks(self) -> list[int]:
        """The memory clocks that can be locked, in MHz."""
        return self._device.supported_memory_clocks()

    def set_memory_locked_clocks(
        self, min_clock_mhz: int, max_clock_mhz: int, block: bool = True
    ) -> None:
        """Locks the memory clock into a range, in MHz."""
        self._device.lock_memory_clocks(min_clock_mhz, max_clock_mhz)

    def reset_memory_locked_clocks(self, block: bool = True) -> None:
        """Unlocks the memory clock."""
        self._device.unlock_memory_clocks()

    def get_supported_graphics_clocks(self, memory_clock_mhz: int | None = None) -> list[int]:
        """The graphics clocks that can be locked, in MHz.

        Args:
            memory_clock_mhz: Beside this memory clock; None for the highest one.
        """
        if memory_clock_mhz is None:
            memory_clock_mhz = max(self._device.supported_memory_clocks())
        return self._device.supported_graphics_clocks(memory_clock_mhz)

    def set_gpu_locked_clocks(
        self, min_clock_mhz: int, max_clock_mhz: int, block: bool = True
    ) -> None:
        """Locks the graphics clock into a range, in MHz."""
        self._device.lock_graphics_clocks(min_clock_mhz, max_clock_mhz)

    def reset_gpu_locked_clocks(self, block: bool = True) -> None:
        """Unlocks the graphics clock."""
        self._device.unlock_graphics_clocks()

    def get_average_power_usage(self) -> int:
        """The power drawn, averaged by the driver (over a second on recent GPUs), in mW."""
        return self._device.average_power()

    def get_instant_power_usage(self) -> int:
        """The power drawn now, in mW."""
        return self._device.instant_power()

    def get_average_memory_power_usage(self) -> int:
        """The power that the memory draws, averaged by the driver, in mW."""
        return self._device.average_memory_power()

    def supports_get_total_energy_consumption(self) -> bool:
        """Whether the GPU has an energy counter."""
        return self._device.has_energy_counter

    def get_total_energy_consumption(self) -> int:
        """The energy used since the driver was loaded, in mJ."""
        return self._device.total_energy()

    def get_gpu_temperature(self) -> int:
        """The temperature, in degrees Celsius."""
        return self._device.temperature()


class NVIDIAGPUs(OnePerProcess, GPUs):
    """The NVIDIA GPUs that this process sees, after CUDA_VISIBLE_DEVICES."""

    def __init__(self, ensure_homogeneous: bool = False) -> None:
        machine = _machine.machine()
        self._gpus = [NVIDIAGPU(machine.driver_index(gpu), gpu) for gpu in machine.gpus()]
        if ensure_homogeneous:
            self._ensure_homogeneous()

    @property
    def gpus(self) -> Sequence[GPU]:
        """The GPUs, in the order of the training framework's indices."""
        return self._gpus
