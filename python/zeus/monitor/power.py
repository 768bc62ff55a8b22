# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The power of GPUs over time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from zeus import _machine, _zeus
from zeus._log import warn
from zeus._per_process import OnePerProcess
from zeus.monitor import _sampled_gpus

logger = logging.getLogger(__name__)

_TOO_FAST = 0.05

PowerDomainName = Literal["device_instant", "device_average", "memory_average"]


class PowerDomain(Enum):
    """Which power is meant."""

    DEVICE_INSTANT = "device_instant"
    """The whole device's, now."""

    DEVICE_AVERAGE = "device_average"
    """The whole device's, averaged by the driver (over a second on recent GPUs)."""

    MEMORY_AVERAGE = "memory_average"
    """The memory's, averaged by the driver. Few GPUs tell it."""


@dataclass
class PowerSample:
    """One power sample.

    Attributes:
        timestamp: Unix time in s.
        gpu_index: By the training framework's indices.
        power_mw: In mW.
    """

    timestamp: float
    gpu_index: int
    power_mw: float


Timeline = list[tuple[float, float]]
"""(Unix time in s, power in W) at each change."""


def infer_counter_update_period(gpu_indices: list[int]) -> float:
    """How often to read these GPUs' power, in s: twice as often as the fastest of them updates it.

    Args:
        gpu_indices: The GPUs, by the training framework's indices.
    """
    return min(gpu.counter_period for gpu in _machine.gpus(gpu_indices)) / 2


class PowerMonitor(OnePerProcess):
    """Samples the power of GPUs from a thread of its own that never holds Python's lock.

    Only changes of the power are kept. In a forked child of the process that made the monitor
    every method raises `ZeusForkError`.

    Attributes:
        gpu_indices: The GPUs that are sampled, by the training framework's indices.
        update_period: How often, in s.
        measurement_domains: The domains that are sampled.
    """

    def __init__(
        self,
        gpu_indices: list[int] | None = None,
        update_period: float | None = None,
        max_samples_per_gpu: int | None = None,
        power_domains: list[PowerDomain | PowerDomainName] | None = None,
    ) -> None:
        """Starts sampling.

        Args:
            gpu_indices: The GPUs, by the training framework's indices. None for all.
            update_period: How often to read, in s. None: as often as the GPUs' architecture gives
                new values, twice over.
            max_samples_per_gpu: How many samples to keep, of each GPU and domain. None for all.
            power_domains: What to sample. None for all that the GPUs have.

        Raises:
            ValueError: A list is empty, a domain is unknown or not to be had on these GPUs, or a
                number is out of range.
            IndexError: There is no GPU of an index.
            ZeusGPUInitError: There is no driver.
        """
        self.gpu_indices = _sampled_gpus.resolve(gpu_indices)
        if power_domains is not None and not power_domains:
            raise ValueError("`power_domains` must be None or name at least one domain")
        gpus = _machine.gpus(self.gpu_indices)
        logger.info("Monitoring the power of GPUs %s.", self.gpu_indices)
        if update_period is None:
            update_period = infer_counter_update_period(self.gpu_indices)
        elif update_period < _TOO_FAST:
            warn(
                logger,
                "An update period of %g s may be faster than the driver likes: if readings fail or "
                "are zero, use %g s or more.",
                update_period,
                _TOO_FAST,
            )
        self.update_period = update_period
        self.measurement_domains = self._choose(gpus, power_domains)
        if PowerDomain.DEVICE_INSTANT not in self.measurement_domains:
            warn(logger, "Instant power is not sampled: get_power() will not work.")
        self._sources = {
            (domain, index): number
            for number, (domain, index) in enumerate(
                (domain, index) for domain in self.measurement_domains for index in self.gpu_indices
            )
        }
        self._engine = _zeus.Sampler(
            [(gpu, domain.value) for domain in self.measurement_domains for gpu in gpus],
            update_period,
            max_samples_per_gpu,
        )

    @staticmethod
    def _choose(
        gpus: list[_zeus.Gpu], wanted: list[PowerDomain | PowerDomainName] | None
    ) -> list[PowerDomain]:
        supported = [
            domain
            for domain in PowerDomain
            if all(_zeus.can_read(gpu, domain.value) for gpu in gpus)
        ]
        names = [domain.value for domain in supported]
        logger.info("The GPUs have the power domains %s.", names)
        if wanted is None:
            return supported
        chosen = list(dict.fromkeys(PowerDomain(domain) for domain in wanted))
        for domain in chosen:
            if domain not in supported:
                raise ValueError(f"these GPUs don't have the power domain {domain.value}: {names}")
        return chosen

    def stop(self) -> None:
        """Ends the sampling; what was sampled stays. May be called again."""
        self._engine.stop()

    def get_power_timeline(
        self,
        power_domain: PowerDomain | PowerDomainName,
        gpu_index: int | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
    ) -> dict[int, Timeline]:
        """The changes of one domain's power.

        Args:
            power_domain: The domain.
            gpu_index: The GPU. None for all; for one that isn't monitored the result is empty.
            start_time: Unix time in s, included. None: from the first sample on.
            end_time: Unix time in s, included. None: to the last sample.

        Returns:
            (Unix time in s, power in W), by GPU index.

        Raises:
            ValueError: The domain is unknown or not sampled.
        """
        domain = PowerDomain(power_domain)
        self._require(domain)
        chosen = self.gpu_indices if gpu_index is None else [gpu_index]
        return {
            index: self._engine.points(self._sources[domain, index], start_time, end_time)
            for index in chosen
            if (domain, index) in self._sources
        }

    def get_all_power_timelines(
        self,
        gpu_index: int | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
    ) -> dict[str, dict[int, Timeline]]:
        """The changes of every sampled domain's power, by the domain's name.

        Args:
            gpu_index: As for `get_power_timeline`.
            start_time: As for `get_power_timeline`.
            end_time: As for `get_power_timeline`.
        """
        return {
            domain.value: self.get_power_timeline(domain, gpu_index, start_time, end_time)
            for domain in self.measurement_domains
        }

    def get_energy(self, start_time: float, end_time: float) -> dict[int, float] | None:
        """The energy of each GPU between two times, by integrating its sampled power.

        Each sample holds until the next; the first holds before itself, too.

        Args:
            start_time: Unix time in s.
            end_time: Unix time in s.

        Returns:
            J by GPU index; None while a GPU has no samples.

        Raises:
            ValueError: The devices' power is not sampled.
        """
        if PowerDomain.DEVICE_INSTANT in self.measurement_domains:
            domain = PowerDomain.DEVICE_INSTANT
        else:
            domain = PowerDomain.DEVICE_AVERAGE
            self._require(domain)
        energies = {}
        for index in self.gpu_indices:
            energy = self._engine.integral(self._sources[domain, index], start_time, end_time)
            if energy is None:
                return None
            energies[index] = energy
        return energies

    def get_power(self, time: float | None = None) -> dict[int, float] | None:
        """The instant power of each GPU.

        Args:
            time: Unix time in s; the sample nearest to it counts. None for the newest.

        Returns:
            W by GPU index; None while a GPU has no samples.

        Raises:
            ValueError: Instant power is not sampled.
        """
        self._require(PowerDomain.DEVICE_INSTANT)
        powers = {}
        for index in self.gpu_indices:
            power = self._engine.value(self._sources[PowerDomain.DEVICE_INSTANT, index], time)
            if power is None:
                return None
            powers[index] = power
        return powers

    def _require(self, domain: PowerDomain) -> None:
        if domain not in self.measurement_domains:
            names = [sampled.value for sampled in self.measurement_domains]
            raise ValueError(f"the power domain {domain.value} is not sampled: {names}")
