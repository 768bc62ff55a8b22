# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""A monitor that measures nothing: it replays what another one wrote."""

from __future__ import annotations

import csv
import logging
import os

from zeus.monitor.energy import Measurement, ZeusMonitor
from zeus.utils.framework import sync_execution as wait_for_gpus

logger = logging.getLogger(__name__)

__all__ = ["ReplayZeusMonitor"]

_COLUMNS_BEFORE_GPUS = 3  # start_time, window_name, elapsed_time


class ReplayZeusMonitor(ZeusMonitor):
    """Replays the windows that a `ZeusMonitor` wrote into its `log_file`, at once.

    Each `end_window` takes the next row: windows must end in the order in which they ended when
    they were recorded.

    Attributes:
        gpu_indices: The GPUs, by their indices in the file.
        nvml_gpu_indices: The same.
    """

    def __init__(
        self,
        gpu_indices: list[int] | None = None,
        approx_instant_energy: bool = False,
        log_file: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
        ignore_sync_execution: bool = False,
        match_window_name: bool = True,
    ) -> None:
        """Opens the file.

        Args:
            gpu_indices: The GPUs of the file, in its order. None: as its header names them.
            approx_instant_energy: Has no effect.
            log_file: What `ZeusMonitor(log_file=...)` wrote.
            ignore_sync_execution: Whether windows never wait for the GPUs.
            match_window_name: Whether a window must have the name that the file has next.

        Raises:
            ValueError: No file is given.
            OSError: It can't be read.
        """
        if log_file is None:
            raise ValueError("`log_file` cannot be `None` for `ReplayZeusMonitor`.")
        self.approx_instant_energy = approx_instant_energy
        self.log_file = os.fsdecode(log_file)
        self.ignore_sync_execution = ignore_sync_execution
        self.match_window_name = match_window_name
        self._file = open(log_file, newline="", errors="surrogateescape")  # noqa: PTH123, SIM115
        self._rows = csv.reader(self._file)
        columns = next(self._rows, [])[_COLUMNS_BEFORE_GPUS:]
        if gpu_indices is None:
            names = [name.partition("_")[0] for name in columns]
            gpu_indices = [int(name.removeprefix("gpu")) for name in names if name[:3] == "gpu"]
        self.gpu_indices = gpu_indices
        self.nvml_gpu_indices = gpu_indices
        self.cpu_indices: list[int] = []
        self.ongoing_windows: list[str] = []
        logger.info("Replaying '%s' with GPU indices %s.", self.log_file, gpu_indices)

    def _wait(self, wanted: bool) -> None:
        if wanted and not self.ignore_sync_execution:
            wait_for_gpus(self.gpu_indices)

    def begin_window(self, key: str, sync_execution: bool = True, restart: bool = False) -> None:
        """Opens a window.

        Args:
            key: Its name.
            sync_execution: Whether to wait first for the work that was handed to the GPUs.
            restart: Whether an open window of that name is dropped.

        Raises:
            RuntimeError: A window of that name is open, and `restart` is False.
        """
        if key in self.ongoing_windows:
            if not restart:
                raise RuntimeError(f"Window {key} is already ongoing.")
            self.ongoing_windows.remove(key)
        self.ongoing_windows.append(key)
        self._wait(sync_execution)

    def end_window(
        self, key: str, sync_execution: bool = True, cancel: bool = False
    ) -> Measurement:
        """Closes a window.

        Args:
            key: Its name.
            sync_execution: Whether to wait first for the work that was handed to the GPUs.
            cancel: Whether the window is dropped: no row of the file is used up.

        Raises:
            RuntimeError: No window of that name is open, the file has no further row, or its next
                row is of another window.
        """
        if key not in self.ongoing_windows:
            raise RuntimeError(f"Window {key} is not ongoing.")
        self.ongoing_windows.remove(key)
        self._wait(sync_execution)
        if cancel:
            return Measurement(time=0.0, gpu_energy=dict.fromkeys(self.gpu_indices, 0.0))
        row = next(self._rows, None)
        if row is None:
            raise RuntimeError("No more lines in the log file.")
        if self.match_window_name and row[1] != key:
            raise RuntimeError(f"Was expecting {row[1]}, not {key}.")
        numbers = row[2:]
        if len(numbers) < len(self.gpu_indices) + 1:
            raise RuntimeError(f"Line has too few energy measurements: {','.join(row)}")
        time, *energies = map(float, numbers[: len(self.gpu_indices) + 1])
        return Measurement(time, dict(zip(self.gpu_indices, energies, strict=True)))

    def reset_windows(self) -> None:
        """Drops every open window."""
        self.ongoing_windows.clear()

    def __del__(self) -> None:
        """Closes the file."""
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()
