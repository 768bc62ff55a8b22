# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated GPUs, to try this package and to test programs that use it where there is no GPU.

    from zeus.simulator import SimulatedGPUs

    with SimulatedGPUs(4, model="V100") as machine:
        monitor = ZeusMonitor()
        plo = GlobalPowerLimitOptimizer(monitor)
        for _ in range(1000):
            plo.on_step_begin()
            machine.step()                  # one training step, as long as the limits make it

    assert machine.power_limits == [250_000] * 4

Inside the block a simulated NVIDIA driver takes the real one's place, for this process and for
those it starts, for whatever uses NVML. Time is virtual unless asked otherwise: a step takes no
real time, but this package's monitors see it pass. In pytest the fixture `simulated_gpus` makes
such machines:

    def test_my_training(simulated_gpus):
        machine = simulated_gpus(2)

A program that trains with PyTorch needs one line to run on simulated GPUs as well as on real ones:

    zeus.simulator.step_with_torch([0])     # real GPUs: does nothing
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from zeus import _machine, _zeus
from zeus.device import gpu as _gpu

__all__ = ["SimulatedGPUs", "Truth", "driver_folder", "is_simulated", "step", "step_with_torch"]

_SCENARIO = "ZEUS_SIMULATOR"
_STATE = "ZEUS_SIMULATOR_STATE"
_JOURNAL = "ZEUS_JOURNAL_DIR"  # of what guards power limits: each machine has its own
_LIBRARY_PATH = "LD_LIBRARY_PATH"


def driver_folder() -> Path:
    """The folder of the simulated libnvidia-ml.so.1, for LD_LIBRARY_PATH."""
    return Path(__file__).parent / "_native" / "simulator"


def is_simulated() -> bool:
    """Whether the GPUs that this process sees are simulated ones."""
    _machine.machine()
    return _zeus.driver_is_simulated()


def step(gpu_indices: Sequence[int] | None = None) -> bool:
    """One training step on simulated GPUs, as long as their limits make it; nothing on real ones.

    For programs that were started on simulated GPUs and have no `SimulatedGPUs` of their own.

    Args:
        gpu_indices: The GPUs that take part, by the training framework's indices. None for all
            that are visible.

    Returns:
        Whether there are simulated GPUs.

    Raises:
        IndexError: There is no GPU of an index.
    """
    if not is_simulated():
        return False
    machine = _machine.machine()
    gpus = machine.gpus() if gpu_indices is None else _machine.gpus(list(gpu_indices))
    _zeus.simulator_step([machine.driver_index(gpu) for gpu in gpus])
    return True


def step_with_torch(gpu_indices: Sequence[int] | None = None) -> bool:
    """Makes every update of a PyTorch optimizer, from now on, a step of the simulated GPUs.

    Training on the CPU then takes the time, and the GPUs use the energy, that their power limits
    make of it. On real GPUs, or without any, nothing happens.

    Args:
        gpu_indices: The GPUs that this process trains on, by the training framework's indices.
            None for all that are visible.

    Returns:
        Whether there are simulated GPUs.

    Raises:
        ImportError: There are, but there is no PyTorch.
    """
    if not is_simulated():
        return False
    from torch.optim.optimizer import register_optimizer_step_post_hook

    def take_a_step(*_: object) -> None:
        step(gpu_indices)

    register_optimizer_step_post_hook(take_a_step)
    return True


@dataclass(frozen=True)
class Truth:
    """What really happened on a simulated GPU since its machine was made, whatever the driver says.

    Attributes:
        energy: In J, exact.
        elapsed: In s.
        busy: The time of it that was spent in steps, in s.
        power: Drawn now, in W.
        steps: Steps that have ended.
    """

    energy: float
    elapsed: float
    busy: float
    power: float
    steps: int


class SimulatedGPUs:
    """A machine with simulated GPUs, inside a `with` block. One at a time a process."""

    def __init__(
        self,
        gpus: int = 1,
        *,
        model: str = "V100",
        workload: str | None = None,
        step_seconds: float | None = None,
        prior_limit: float | None = None,
        virtual_clock: bool = True,
        seed: int = 1,
        time_noise: float = 0.0,
        power_noise: float = 0.0,
        read_latency: float = 0.0,
        write_latency: float = 0.0,
        settling: float = 0.0,
        tick: float | None = 0.0,
        scenario: dict[str, Any] | None = None,
    ) -> None:
        """Describes the machine; entering the block makes it.

        Args:
            gpus: How many, 1 to 16.
            model: V100, A40, RTX6000, P100, or A100 and H100, which are extrapolations.
            workload: A built-in one, like "V100 ResNet-50". None: one that suits the model.
            step_seconds: How long a step takes at full clock. None: as the workload has it.
            prior_limit: The power limit that is there at the beginning, in W. None: the default.
            virtual_clock: Whether time is virtual: steps then take no real time.
            seed: Of the noise.
            time_noise: Of a step's time, as a relative standard deviation.
            power_noise: Of a step's power, likewise.
            read_latency: How long a driver call takes that reads, in s.
            write_latency: How long one takes that sets something, in s.
            settling: How long a change of the limit takes to work, in s.
            tick: How often the energy counter moves, in s; 0 for always, None as the real model's.
            scenario: Any other keys of the scenario file, which replace those made from the above:
                {"faults": [{"function": "nvmlInit_v2", "code": 9}]}, say.
        """
        self.gpus = gpus
        milliseconds = 1000.0
        self._options: dict[str, Any] = {
            "model": model,
            "gpus": gpus,
            "virtual_clock": virtual_clock,
            "seed": seed,
            "time_noise": time_noise,
            "power_noise": power_noise,
            "read_latency_ms": read_latency * milliseconds,
            "write_latency_ms": write_latency * milliseconds,
            "settling_ms": settling * milliseconds,
            "tick_ms": None if tick is None else tick * milliseconds,
            "prior_limit_w": prior_limit,
            "workload": workload,
            "step_seconds": step_seconds,
            "json": json.dumps(scenario or {}),
        }
        self._machine: _zeus.SimulatedMachine | None = None
        self._environment: dict[str, str | None] = {}

    def __enter__(self) -> SimulatedGPUs:
        """Makes the machine.

        Raises:
            RuntimeError: Something in this process still uses a GPU driver.
            ValueError: The description can't be a machine; the message says why.
            ZeusGPUInitError: A real driver is loaded already.
        """
        _gpu._forget()
        gc.collect()
        if _zeus.driver_is_open():
            raise RuntimeError(
                "the GPU driver is still in use: drop the monitors, optimizers and NVML sessions "
                "that were made before this machine"
            )
        _zeus.load_simulator(str(driver_folder()))
        machine = _zeus.SimulatedMachine(**self._options)
        self._machine = machine
        folders = [str(driver_folder()), os.environ.get(_LIBRARY_PATH, "")]
        self._set(_SCENARIO, str(machine.scenario))
        self._set(_STATE, str(machine.state))
        # As the machine itself has it: no guard in virtual time.
        virtual = self._options["virtual_clock"]
        self._set(_JOURNAL, "" if virtual else str(Path(machine.state).parent / "journal"))
        self._set(_LIBRARY_PATH, os.pathsep.join(filter(None, folders)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _gpu._forget()
        self._machine = None
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._environment.clear()

    def _set(self, name: str, value: str) -> None:
        self._environment[name] = os.environ.get(name)
        os.environ[name] = value

    def step(self, gpus: Sequence[int] | None = None) -> None:
        """One training step; returns when the slowest GPU is through.

        Args:
            gpus: The GPUs that take part, by the driver's numbers. None for all.
        """
        _zeus.simulator_step(list(range(self.gpus) if gpus is None else gpus))

    def sleep(self, seconds: float) -> None:
        """Lets time pass: in virtual time at once."""
        _zeus.simulator_sleep(seconds)

    @property
    def time(self) -> float:
        """The machine's Unix time, in s."""
        return _zeus.simulator_unix_time()

    @property
    def power_limits(self) -> list[int]:
        """The power limit that is set on each GPU, in mW."""
        return [gpu.power_limit() for gpu in _machine.machine().all_gpus()]

    def set_power_limit(self, gpu: int, limit_mw: int) -> None:
        """Sets a GPU's limit in mW, as another program might."""
        _machine.machine().all_gpus()[gpu].set_power_limit(limit_mw)

    def truth(self, gpu: int = 0) -> Truth:
        """What really happened on a GPU."""
        return Truth(*_zeus.simulator_truth(gpu))
