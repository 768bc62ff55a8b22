# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""GPUs by the integers that drivers speak: mW, mJ, MHz, degrees Celsius."""

from __future__ import annotations

import re
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from zeus.device.gpu._errors import *  # noqa: F403
from zeus.device.gpu._errors import ZeusGPUHeterogeneousError

_CAMEL = re.compile(r"(?<=[a-z])([A-Z])")


class _CamelCaseNames:
    """Answers to a method's older name (getName for get_name), with a DeprecationWarning."""

    def __getattr__(self, name: str) -> Any:
        new_name = _CAMEL.sub(lambda letter: f"_{letter[1].lower()}", name)
        if new_name == name or name.startswith("_") or not hasattr(type(self), new_name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        warnings.warn(f"{name} is an old name; use {new_name}", DeprecationWarning, stacklevel=2)
        return getattr(self, new_name)


class GPU(_CamelCaseNames, ABC):
    """One GPU.

    Every method raises a `ZeusBaseGPUError` when the driver refuses, `ZeusGPUNotSupportedError`
    for what the device doesn't have. Setters need root or CAP_SYS_ADMIN.

    Attributes:
        gpu_index: The GPU's number in the driver's order, as nvidia-smi shows it.
    """

    def __init__(self, gpu_index: int) -> None:
        self.gpu_index = gpu_index

    @property
    @abstractmethod
    def supports_nonblocking_setters(self) -> bool:
        """Whether setters with `block=False` return before the driver has answered."""

    @abstractmethod
    def get_name(self) -> str:
        """The model's name."""

    @abstractmethod
    def get_power_management_limit_constraints(self) -> tuple[int, int]:
        """The lowest and the highest power limit that can be set, in mW."""

    @abstractmethod
    def get_power_management_limit(self) -> int:
        """The power limit that was asked for last, in mW."""

    @abstractmethod
    def set_power_management_limit(self, power_limit_mw: int, block: bool = True) -> None:
        """Sets the power limit, in mW. Nothing is written where it is there already."""

    @abstractmethod
    def reset_power_management_limit(self, block: bool = True) -> None:
        """Sets the power limit to its default."""

    @abstractmethod
    def set_persistence_mode(self, enabled: bool, block: bool = True) -> None:
        """Turns persistence mode on or off."""

    @abstractmethod
    def get_persistence_mode(self) -> bool:
        """Whether persistence mode is on."""

    @abstractmethod
    def get_supported_memory_clocks(self) -> list[int]:
        """The memory clocks that can be locked, in MHz."""

    @abstractmethod
    def set_memory_locked_clocks(
        self, min_clock_mhz: int, max_clock_mhz: int, block: bool = True
    ) -> None:
        """Locks the memory clock into a range, in MHz."""

    @abstractmethod
    def reset_memory_locked_clocks(self, block: bool = True) -> None:
        """Unlocks the memory clock."""

    @abstractmethod
    def get_supported_graphics_clocks(self, memory_clock_mhz: int | None = None) -> list[int]:
        """The graphics clocks that can be locked beside this memory clock, in MHz."""

    @abstractmethod
    def set_gpu_locked_clocks(
        self, min_clock_mhz: int, max_clock_mhz: int, block: bool = True
    ) -> None:
        """Locks the graphics clock into a range, in MHz."""

    @abstractmethod
    def reset_gpu_locked_clocks(self, block: bool = True) -> None:
        """Unlocks the graphics clock."""

    @abstractmethod
    def get_average_power_usage(self) -> int:
        """The power drawn, averaged by the driver (over a second on recent GPUs), in mW."""

    @abstractmethod
    def get_instant_power_usage(self) -> int:
        """The power drawn now, in mW."""

    @abstractmethod
    def get_average_memory_power_usage(self) -> int:
        """The power that the memory draws, averaged by the driver, in mW."""

    @abstractmethod
    def supports_get_total_energy_consumption(self) -> bool:
        """Whether the GPU has an energy counter."""

    @abstractmethod
    def get_total_energy_consumption(self) -> int:
        """The energy used since the driver was loaded, in mJ."""

    @abstractmethod
    def get_gpu_temperature(self) -> int:
        """The temperature, in degrees Celsius."""


class GPUs(_CamelCaseNames, ABC):
    """The GPUs that this process sees. Every method takes a GPU's index first."""

    @property
    @abstractmethod
    def gpus(self) -> Sequence[GPU]:
        """The GPUs, in the order of the training framework's indices."""

    def __len__(self) -> int:
        return len(self.gpus)

    def _ensure_homogeneous(self) -> None:
        names = [gpu.get_name() for gpu in self.gpus]
        if len(set(names)) > 1:
            raise ZeusGPUHeterogeneousError(f"the GPUs are not of one model: {', '.join(names)}")

    def get_name(self, gpu_index: int) -> str:
        """The model's name."""
        return self.gpus[gpu_index].get_name()

    def get_power_management_limit_constraints(self, gpu_index: int) -> tuple[int, int]:
        """The lowest and the highest power limit that can be set, in mW."""
        return self.gpus[gpu_index].get_power_management_limit_constraints()

    def get_power_management_limit(self, gpu_index: int) -> int:
        """The power limit that was asked for last, in mW."""
        return self.gpus[gpu_index].get_power_management_limit()

    def set_power_management_limit(
        self, gpu_index: int, power_limit_mw: int, block: bool = True
    ) -> None:
        """Sets the power limit, in mW. Nothing is written where it is there already."""
        self.gpus[gpu_index].set_power_management_limit(power_limit_mw, block)

    def reset_power_management_limit(self, gpu_index: int, block: bool = True) -> None:
        """Sets the power limit to its default."""
        self.gpus[gpu_index].reset_power_management_limit(block)

    def set_persistence_mode(self, gpu_index: int, enabled: bool, block: bool = True) -> None:
        """Turns persistence mode on or off."""
        self.gpus[gpu_index].set_persistence_mode(enabled, block)

    def get_persistence_mode(self, gpu_index: int) -> bool:
        """Whether persistence mode is on."""
        return self.gpus[gpu_index].get_persistence_mode()

    def get_supported_memory_clocks(self, gpu_index: int) -> list[int]:
        """The memory clocks that can be locked, in MHz."""
        return self.gpus[gpu_index].get_supported_memory_clocks()

    def set_memory_locked_clocks(
        self, gpu_index: int, min_clock_mhz: int, max_clock_mhz: int, block: bool = True
    ) -> None:
        """Locks the memory clock into a range, in MHz."""
        self.gpus[gpu_index].set_memory_locked_clocks(min_clock_mhz, max_clock_mhz, block)

    def reset_memory_locked_clocks(self, gpu_index: int, block: bool = True) -> None:
        """Unlocks the memory clock."""
        self.gpus[gpu_index].reset_memory_locked_clocks(block)

    def get_supported_graphics_clocks(
        self, gpu_index: int, memory_clock_mhz: int | None = None
    ) -> list[int]:
        """The graphics clocks that can be locked beside this memory clock, in MHz."""
        return self.gpus[gpu_index].get_supported_graphics_clocks(memory_clock_mhz)

    def set_gpu_locked_clocks(
        self, gpu_index: int, min_clock_mhz: int, max_clock_mhz: int, block: bool = True
    ) -> None:
        """Locks the graphics clock into a range, in MHz."""
        self.gpus[gpu_index].set_gpu_locked_clocks(min_clock_mhz, max_clock_mhz, block)

    def reset_gpu_locked_clocks(self, gpu_index: int, block: bool = True) -> None:
        """Unlocks the graphics clock."""
        self.gpus[gpu_index].reset_gpu_locked_clocks(block)

    def get_average_power_usage(self, gpu_index: int) -> int:
        """The power drawn, averaged by the driver (over a second on recent GPUs), in mW."""
        return self.gpus[gpu_index].get_average_power_usage()

    def get_instant_power_usage(self, gpu_index: int) -> int:
        """The power drawn now, in mW."""
        return self.gpus[gpu_index].get_instant_power_usage()

    def get_average_memory_power_usage(self, gpu_index: int) -> int:
        """The power that the memory draws, averaged by the driver, in mW."""
        return self.gpus[gpu_index].get_average_memory_power_usage()

    def supports_get_total_energy_consumption(self, gpu_index: int) -> bool:
        """Whether the GPU has an energy counter."""
        return self.gpus[gpu_index].supports_get_total_energy_consumption()

    def get_total_energy_consumption(self, gpu_index: int) -> int:
        """The energy used since the driver was loaded, in mJ."""
        return self.gpus[gpu_index].get_total_energy_consumption()

    def get_gpu_temperature(self, gpu_index: int) -> int:
        """The temperature, in degrees Celsius."""
        return self.gpus[gpu_index].get_gpu_temperature()


class _NoGPUs(Sequence[GPU]):
    """An empty list that says so: taking a GPU out of it is a ValueError."""

    def __len__(self) -> int:
        return 0

    def __getitem__(self, index: Any) -> Any:
        raise ValueError("No GPUs available.")

    def __iter__(self) -> Iterator[GPU]:
        return iter(())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (list, tuple, _NoGPUs)) and len(other) == 0

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "[]"


class EmptyGPUs(GPUs):
    """No GPUs, where a program goes on without any. Methods that want one raise ValueError."""

    def __init__(self, ensure_homogeneous: bool = False) -> None:
        self._gpus = _NoGPUs()

    @property
    def gpus(self) -> Sequence[GPU]:
        """An empty list."""
        return self._gpus

    def _ensure_homogeneous(self) -> None:
        raise ValueError("No GPUs available.")
