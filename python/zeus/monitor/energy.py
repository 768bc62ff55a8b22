# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Time and energy of any stretch of a program."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any, Literal

from zeus import _machine, _rank, _zeus
from zeus._per_process import OnePerProcess
from zeus.device.cpu import get_cpus
from zeus.device.cpu._native import NativeCPUs
from zeus.device.cpu.common import CPUs, EmptyCPUs
from zeus.device.gpu import get_gpus
from zeus.device.gpu.common import EmptyGPUs, GPUs, ZeusGPUInitError
from zeus.exception import ZeusForkError
from zeus.utils.framework import synchronizer

logger = logging.getLogger(__name__)

# The package's own: an optimizer measures short ones for longer, a counter adds them up.
_OWN_WINDOWS = ("__GlobalPowerLimitOptimizer_", "__EnergyCumulativeCounter_")


@dataclass
class Measurement:
    """What a measurement window found.

    Attributes:
        time: The window's length in seconds.
        gpu_energy: The energy of each monitored GPU in joules, by its index.
        cpu_energy: That of each CPU package; None where it can't be measured.
        dram_energy: That of each package's memory; None where it can't be measured.
        soc_energy: That of a system on a chip; always None.
    """

    time: float
    gpu_energy: dict[int, float]
    cpu_energy: dict[int, float] | None = None
    dram_energy: dict[int, float] | None = None
    soc_energy: Any = None

    @cached_property
    def total_energy(self) -> float:
        """The energy of all monitored GPUs in joules."""
        return sum(self.gpu_energy.values())


class Window:
    """A window that is open inside a `with` block; `measurement` is there after it."""

    def __init__(self, monitor: ZeusMonitor, key: str, sync_execution: bool, restart: bool) -> None:
        self.key = key
        self._monitor = monitor
        self._sync_execution = sync_execution
        self._restart = restart
        self._measurement: Measurement | None = None

    @property
    def measurement(self) -> Measurement:
        """What the window found.

        Raises:
            RuntimeError: It is still open, or ended in an exception.
        """
        if self._measurement is None:
            raise RuntimeError(f"measurement window '{self.key}' has not ended")
        return self._measurement

    @property
    def time(self) -> float:
        """The window's length in seconds."""
        return self.measurement.time

    @property
    def gpu_energy(self) -> dict[int, float]:
        """The energy of each monitored GPU in joules, by its index."""
        return self.measurement.gpu_energy

    @property
    def total_energy(self) -> float:
        """The energy of all monitored GPUs in joules."""
        return self.measurement.total_energy

    def __enter__(self) -> Window:
        self._monitor.begin_window(self.key, self._sync_execution, self._restart)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self._measurement = self._monitor.end_window(self.key, self._sync_execution)
            return
        try:
            self._monitor.end_window(self.key, sync_execution=False, cancel=True)
        except (ValueError, ZeusForkError) as failure:  # the block's own exception goes on
            logger.debug("Measurement window '%s' could not be cancelled: %s", self.key, failure)


class ZeusMonitor(OnePerProcess):
    """Measures time and energy between two points of a program, on any set of GPUs.

    Windows have names; any number may be open at once, nested or overlapping, from several
    threads:

        monitor = ZeusMonitor(gpu_indices=[0, 1])
        monitor.begin_window("epoch")
        ...
        result = monitor.end_window("epoch")
        print(result.time, result.total_energy)

    or `with monitor.window("epoch") as window: ...` and then `window.total_energy`.

    In a forked child of the process that made the monitor every method raises `ZeusForkError`;
    make another one there.

    Attributes:
        gpu_indices: The GPUs that are measured, by the training framework's indices.
        cpu_indices: The CPU packages that are measured.
        approx_instant_energy: As given.
        sync_with: As given for `sync_execution_with`.
    """

    def __init__(
        self,
        gpu_indices: list[int] | None = None,
        cpu_indices: list[int] | None = None,
        approx_instant_energy: bool = False,
        log_file: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
        sync_execution_with: Literal["torch", "jax", "cupy"] | Callable[[], object] = "torch",
    ) -> None:
        """Opens the devices and the log file.

        Args:
            gpu_indices: The GPUs to measure, by the training framework's indices (after
                CUDA_VISIBLE_DEVICES). None for all; an empty list measures time only.
            cpu_indices: The CPU packages to measure. None for all that can be: those that Linux
                shows through powercap (RAPL) and this process may read.
            approx_instant_energy: For windows shorter than the energy counter's period (20 to
                100 ms): the power at the window's end times its length, where the counter says
                nothing.
            log_file: A CSV file to write, a row a window. Its folder is made; a file that is there
                is replaced, unless another process writes it as its log. "{rank}" in the name
                stands for this process's rank in its job.
            sync_execution_with: Whose work on the GPUs is waited for at a window's edges: a
                framework, or a callable without parameters. With "torch" and no PyTorch in use on
                a GPU there is nothing to wait for.

        Raises:
            IndexError: There is no GPU or CPU of an index.
            RuntimeError: The CPUs that were asked for may not be read.
            ValueError: There are no GPUs or CPUs at all, a GPU is listed twice, or
                `sync_execution_with` is unknown.
            ZeusGPUNotSupportedError: A GPU is in MIG mode, or tells neither energy nor power.
            OSError: The log file can't be written, or is another process's.
        """
        if log_file is not None:
            log_file = _rank.with_rank(os.fsdecode(log_file))
        self.approx_instant_energy = approx_instant_energy
        self.sync_with = sync_execution_with
        self.gpus: GPUs
        self.cpus: CPUs
        try:
            self.gpus = get_gpus()
        except ZeusGPUInitError:
            self.gpus = EmptyGPUs()
        self.cpus = EmptyCPUs() if cpu_indices == [] else get_cpus()
        self.gpu_indices = list(range(len(self.gpus)) if gpu_indices is None else gpu_indices)
        self.cpu_indices = list(range(len(self.cpus)) if cpu_indices is None else cpu_indices)
        if isinstance(self.gpus, EmptyGPUs):
            self._do_without_gpus(gpu_indices is None)
        cpus: list[_zeus.Cpu] = []
        if isinstance(self.cpus, NativeCPUs):
            cpus = self.cpus.devices(self.cpu_indices)
        elif self.cpu_indices:
            problem = _machine.machine().cpu_problem
            raise RuntimeError(problem) if problem else ValueError("No CPUs available.")
        synchronize = synchronizer(self.gpu_indices, sync_execution_with)
        self.log_file = None if log_file is None else os.fsdecode(log_file)
        self._has_told_zero_energy = False
        self._engine = _zeus.ZeusMonitor(
            _machine.gpus(self.gpu_indices) if self.gpu_indices else [],
            cpus,
            bool(approx_instant_energy),
            None if log_file is None else os.fsencode(log_file),
            synchronize if self.gpu_indices else None,
        )
        logger.info("Monitoring CPU indices %s.", self.cpu_indices)
        if self.log_file is not None:
            logger.info("Measurements are written to %s.", self.log_file)

    def _do_without_gpus(self, all_are_wanted: bool) -> None:
        """Says why a driver that is there gives no GPUs; without any driver there is no wonder."""
        machine = _machine.machine()
        if self.gpu_indices:
            failure = machine.driver_failure
            raise ValueError(f"No GPUs available: {failure}" if failure else "No GPUs available.")
        if all_are_wanted:
            machine.gpus_if_any()

    def begin_window(self, key: str, sync_execution: bool = True, restart: bool = False) -> None:
        """Opens a window.

        Args:
            key: Its name.
            sync_execution: Whether to wait first for the work that was handed to the GPUs.
            restart: Whether an open window of that name is dropped.

        Raises:
            ValueError: A window of that name is open, and `restart` is False.
        """
        self._engine.begin_window(key, bool(sync_execution), bool(restart))

    def end_window(
        self, key: str, sync_execution: bool = True, cancel: bool = False
    ) -> Measurement:
        """Closes a window.

        Args:
            key: Its name.
            sync_execution: Whether to wait first for the work that was handed to the GPUs.
            cancel: Whether the window is dropped: nothing is read or logged, and the result is
                all zeros.

        Raises:
            ValueError: No window of that name is open.
            ZeusGPUCounterError: An energy counter went backwards meanwhile.
        """
        if cancel:
            self._engine.cancel_window(key, bool(sync_execution))
            return Measurement(
                time=0.0,
                gpu_energy=dict.fromkeys(self.gpu_indices, 0.0),
                cpu_energy=dict.fromkeys(self.cpu_indices, 0.0),
            )
        time, gpu_energy, cpu_energy, dram_energy, some_energy_is_zero = self._engine.end_window(
            key, bool(sync_execution)
        )
        if some_energy_is_zero and not self.approx_instant_energy:
            self._warn_of_zero_energy(key)
        return Measurement(time, gpu_energy, cpu_energy, dram_energy)

    def _warn_of_zero_energy(self, key: str) -> None:
        """Once per monitor, whatever the windows' names."""
        if self._has_told_zero_energy or key.startswith(_OWN_WINDOWS):
            return
        self._has_told_zero_energy = True
        warnings.warn(
            # It begins as that of zeus 0.16: programs filter it by its text.
            "The energy consumption of one or more GPUs was measured as zero, because the "
            "measurement window was shorter than the update period of the GPU's energy counter. "
            "Measure longer windows or turn on approx_instant_energy. Further windows of this "
            "monitor may be too short, too.",
            stacklevel=3,
        )

    def window(self, key: str, sync_execution: bool = True, restart: bool = False) -> Window:
        """A window around a `with` block. An exception in the block drops the window.

        Args:
            key: Its name.
            sync_execution: As for `begin_window` and `end_window`.
            restart: As for `begin_window`.
        """
        return Window(self, key, sync_execution, restart)

    def reset_windows(self) -> None:
        """Drops every open window."""
        self._engine.reset_windows()
        logger.info("All open measurement windows were dropped.")
