# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Energy and power as Prometheus metrics, pushed to a Pushgateway.

Needs the package prometheus-client: `pip install zeus-cpp[prometheus]`.
"""

from __future__ import annotations

import logging
import threading
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, push_to_gateway

from zeus._log import warn
from zeus.monitor.energy import Measurement, ZeusMonitor
from zeus.monitor.power import PowerMonitor
from zeus.utils.framework import sync_execution as wait_for_gpus

logger = logging.getLogger(__name__)

_LABELS = ("window", "index")
_KINDS = ("gpu", "cpu", "dram")


class Metric(ABC):
    """What is measured between two points of a program and exported."""

    @abstractmethod
    def begin_window(self, name: str, sync_execution: bool = True) -> None:
        """Begins to measure.

        Args:
            name: The window's name, and the label `window` of what is exported.
            sync_execution: Whether to wait first for the work that was handed to the GPUs.
        """

    @abstractmethod
    def end_window(self, name: str, sync_execution: bool = True) -> None:
        """Ends measuring.

        Args:
            name: The window's name.
            sync_execution: Whether to wait first for the work that was handed to the GPUs.
        """


def _energies(measurement: Measurement) -> dict[str, dict[int, float]]:
    found = (measurement.gpu_energy, measurement.cpu_energy, measurement.dram_energy)
    return {kind: energy for kind, energy in zip(_KINDS, found, strict=True) if energy}


class EnergyHistogram(Metric):
    """The energy of each window as a histogram, pushed when the window ends.

    Exports energy_monitor_gpu_energy_joules, and likewise for cpu and dram where they are measured,
    with the labels window and index.
    """

    def __init__(
        self,
        cpu_indices: list[int],
        gpu_indices: list[int],
        pushgateway_url: str,
        job: str,
        gpu_bucket_range: Sequence[float] = (50.0, 100.0, 200.0, 500.0, 1000.0),
        cpu_bucket_range: Sequence[float] = (10.0, 50.0, 100.0, 500.0, 1000.0),
        dram_bucket_range: Sequence[float] = (5.0, 10.0, 20.0, 50.0, 150.0),
    ) -> None:
        """Makes the monitor and the histograms.

        Args:
            cpu_indices: The CPU packages to measure.
            gpu_indices: The GPUs to measure.
            pushgateway_url: Where to push.
            job: The job's name there.
            gpu_bucket_range: The upper bounds of the GPU histogram's buckets, in J.
            cpu_bucket_range: The CPU histogram's.
            dram_bucket_range: The memory histogram's.

        Raises:
            ValueError: A range of buckets is empty.
        """
        self.gpu_bucket_range = gpu_bucket_range
        self.cpu_bucket_range = cpu_bucket_range
        self.dram_bucket_range = dram_bucket_range
        self.cpu_indices = cpu_indices
        self.gpu_indices = gpu_indices
        self.pushgateway_url = pushgateway_url
        self.job = job
        self._buckets = dict(
            zip(_KINDS, (gpu_bucket_range, cpu_bucket_range, dram_bucket_range), strict=True)
        )
        for kind, buckets in self._buckets.items():
            if not buckets:
                raise ValueError(f"{kind}_bucket_range is empty; leave it out for the default")
        self.registry = CollectorRegistry()
        self._histograms: dict[str, Histogram] = {}
        self._told_outside: set[tuple[str, bool]] = set()
        self.energy_monitor = ZeusMonitor(gpu_indices=gpu_indices, cpu_indices=cpu_indices)
        if gpu_indices:
            self._histogram("gpu")
        if cpu_indices:
            self._histogram("cpu")

    def _histogram(self, kind: str) -> Histogram:
        if kind not in self._histograms:
            self._histograms[kind] = Histogram(
                f"energy_monitor_{kind}_energy_joules",
                "Energy of a measurement window",
                _LABELS,
                buckets=self._buckets[kind],
                registry=self.registry,
            )
        return self._histograms[kind]

    def begin_window(self, name: str, sync_execution: bool = True) -> None:
        """Opens a measurement window.

        Args:
            name: Its name.
            sync_execution: Whether to wait first for the work that was handed to the GPUs.
        """
        self.energy_monitor.begin_window(f"__EnergyHistogram_{name}", sync_execution)

    def end_window(self, name: str, sync_execution: bool = True) -> None:
        """Closes the window, counts its energy and pushes.

        Args:
            name: Its name.
            sync_execution: Whether to wait first for the work that was handed to the GPUs.
        """
        result = self.energy_monitor.end_window(f"__EnergyHistogram_{name}", sync_execution)
        for kind, energies in _energies(result).items():
            for index, energy in energies.items():
                self._histogram(kind).labels(window=name, index=index).observe(energy)
        push_to_gateway(self.pushgateway_url, job=self.job, registry=self.registry)
        for kind, energies in _energies(result).items():
            for index, energy in energies.items():
                self._warn_outside_buckets(name, kind, index, energy)

    def _warn_outside_buckets(self, name: str, kind: str, index: int, energy: float) -> None:
        lowest, highest = min(self._buckets[kind]), max(self._buckets[kind])
        if lowest <= energy <= highest or (kind, energy < lowest) in self._told_outside:
            return
        self._told_outside.add((kind, energy < lowest))
        warnings.warn(
            f"{kind.upper()} {index} used {energy:g} J in window '{name}', outside the buckets' "
            f"bounds, {lowest:g} J to {highest:g} J: give {kind}_bucket_range others. Further "
            "windows may be outside, too.",
            stacklevel=3,
        )


class _Repetition:
    """A thread that works at a steady pace till it is stopped, and once more then."""

    def __init__(self, name: str, period: float, work: Callable[[], None]) -> None:
        self._period = period
        self._work = work
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        is_last = False
        has_failed = False
        while not is_last:
            is_last = self._stop.wait(self._period)
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 (a gateway that is away must not end it)
                if not has_failed:  # told once, until it is back
                    warn(logger, "%s: %s", self._thread.name, error)
                has_failed = True
            else:
                has_failed = False

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()


class _Repeating(Metric):
    """A metric that is pushed all the while its window is open."""

    def __init__(
        self, gpu_indices: list[int], update_period: float, pushgateway_url: str, job: str
    ) -> None:
        self.gpu_indices = gpu_indices
        self.update_period = update_period
        self.pushgateway_url = pushgateway_url
        self.job = job
        self.window_state: dict[str, _Repetition] = {}

    @abstractmethod
    def _begin(self, name: str) -> Callable[[], None]:
        """Begins to measure; what is returned is called once a period."""

    def begin_window(self, name: str, sync_execution: bool = False) -> None:
        """Begins to measure and to push.

        Args:
            name: The window's name.
            sync_execution: Whether to wait first for the work that was handed to the GPUs.

        Raises:
            ValueError: A window of that name is open.
        """
        if name in self.window_state:
            raise ValueError(f"{type(self).__name__} window '{name}' is open already")
        if sync_execution:
            wait_for_gpus(self.gpu_indices)
        thread = f"zeus {type(self).__name__} {name}"
        self.window_state[name] = _Repetition(thread, self.update_period, self._begin(name))

    def end_window(self, name: str, sync_execution: bool = False) -> None:
        """Ends measuring, after a last push.

        Args:
            name: The window's name.
            sync_execution: Whether to wait first for the work that was handed to the GPUs.

        Raises:
            ValueError: No window of that name is open.
        """
        if name not in self.window_state:
            raise ValueError(f"no {type(self).__name__} window '{name}' is open")
        if sync_execution:
            wait_for_gpus(self.gpu_indices)
        self.window_state.pop(name).stop()


class EnergyCumulativeCounter(_Repeating):
    """The energy since a window's begin as a counter, pushed while the window is open.

    Exports energy_monitor_gpu_energy_joules_total, and likewise for cpu and dram where they are
    measured, with the labels window and index.
    """

    def __init__(
        self,
        cpu_indices: list[int],
        gpu_indices: list[int],
        update_period: float,
        pushgateway_url: str,
        job: str,
    ) -> None:
        """Keeps what a window needs.

        Args:
            cpu_indices: The CPU packages to measure.
            gpu_indices: The GPUs to measure.
            update_period: Between two pushes, in s.
            pushgateway_url: Where to push.
            job: The job's name there.
        """
        super().__init__(gpu_indices, update_period, pushgateway_url, job)
        self.cpu_indices = cpu_indices

    def _begin(self, name: str) -> Callable[[], None]:
        monitor = ZeusMonitor(gpu_indices=self.gpu_indices, cpu_indices=self.cpu_indices)
        registry = CollectorRegistry()
        counters: dict[str, Counter] = {}
        key = f"__EnergyCumulativeCounter_{name}"
        monitor.begin_window(key, sync_execution=False)

        def push() -> None:
            result = monitor.end_window(key, sync_execution=False)
            monitor.begin_window(key, sync_execution=False)
            for kind, energies in _energies(result).items():
                if kind not in counters:
                    counters[kind] = Counter(
                        f"energy_monitor_{kind}_energy_joules",
                        "Energy of a measurement window",
                        _LABELS,
                        registry=registry,
                    )
                for index, energy in energies.items():
                    counters[kind].labels(window=name, index=index).inc(energy)
            push_to_gateway(self.pushgateway_url, job=self.job, registry=registry)

        return push


class PowerGauge(_Repeating):
    """The GPUs' power as a gauge, pushed while a window is open.

    Exports power_monitor_gpu_power_watts with the labels window and index.
    """

    def _begin(self, name: str) -> Callable[[], None]:
        monitor = PowerMonitor(gpu_indices=self.gpu_indices)
        registry = CollectorRegistry()
        gauge = Gauge(
            "power_monitor_gpu_power_watts",
            "GPU power draw",
            _LABELS,
            registry=registry,
        )

        def push() -> None:
            for index, watts in (monitor.get_power() or {}).items():
                gauge.labels(window=name, index=index).set(watts)
            push_to_gateway(self.pushgateway_url, job=self.job, registry=registry)

        return push
