# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The temperature of GPUs over time."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from zeus import _machine, _zeus
from zeus._per_process import OnePerProcess
from zeus.monitor import _sampled_gpus

logger = logging.getLogger(__name__)


@dataclass
class TemperatureSample:
    """One temperature sample.

    Attributes:
        timestamp: Unix time in s.
        gpu_index: By the training framework's indices.
        temperature_c: In degrees Celsius.
    """

    timestamp: float
    gpu_index: int
    temperature_c: int


class TemperatureMonitor(OnePerProcess):
    """Samples the temperature of GPUs from a thread of its own that never holds Python's lock.

    Only changes of the temperature are kept. In a forked child of the process that made the
    monitor every method raises `ZeusForkError`.

    Attributes:
        gpu_indices: The GPUs that are sampled, by the training framework's indices.
        update_period: How often, in s.
    """

    def __init__(
        self,
        gpu_indices: list[int] | None = None,
        update_period: float = 1.0,
        max_samples_per_gpu: int | None = None,
    ) -> None:
        """Starts sampling.

        Args:
            gpu_indices: The GPUs, by the training framework's indices. None for all.
            update_period: How often to read, in s.
            max_samples_per_gpu: How many samples to keep of each GPU. None for all.

        Raises:
            ValueError: The list is empty, or a number is out of range.
            IndexError: There is no GPU of an index.
            ZeusGPUInitError: There is no driver.
        """
        self.gpu_indices = _sampled_gpus.resolve(gpu_indices)
        self.update_period = update_period
        logger.info("Monitoring the temperature of GPUs %s.", self.gpu_indices)
        self._sources = {index: number for number, index in enumerate(self.gpu_indices)}
        self._engine = _zeus.Sampler(
            [(gpu, "temperature") for gpu in _machine.gpus(self.gpu_indices)],
            update_period,
            max_samples_per_gpu,
        )

    def stop(self) -> None:
        """Ends the sampling; what was sampled stays. May be called again."""
        self._engine.stop()

    def get_temperature_timeline(
        self,
        gpu_index: int | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
    ) -> dict[int, list[tuple[float, int]]]:
        """The changes of the temperature.

        Args:
            gpu_index: The GPU. None for all; for one that isn't monitored the result is empty.
            start_time: Unix time in s, included. None: from the first sample on.
            end_time: Unix time in s, included. None: to the last sample.

        Returns:
            (Unix time in s, temperature in degrees Celsius), by GPU index.
        """
        chosen = self.gpu_indices if gpu_index is None else [gpu_index]
        return {
            index: [
                (time, int(celsius))
                for time, celsius in self._engine.points(self._sources[index], start_time, end_time)
            ]
            for index in chosen
            if index in self._sources
        }

    def get_temperature(self, time: float | None = None) -> dict[int, int] | None:
        """The temperature of each GPU.

        Args:
            time: Unix time in s; the sample nearest to it counts. None for the newest.

        Returns:
            Degrees Celsius by GPU index; None while a GPU has no samples.
        """
        temperatures = {}
        for index in self.gpu_indices:
            celsius = self._engine.value(self._sources[index], time)
            if celsius is None:
                return None
            temperatures[index] = int(celsius)
        return temperatures
