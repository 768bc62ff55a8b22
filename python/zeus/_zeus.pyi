# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0

"""
The C++ engine of the package zeus. Not for direct use: its names may change.
"""

from collections.abc import Callable, Sequence


def log(logger: str, level: int, text: str) -> None:
    """Hands a line to logging after those of the library."""

def deliver_log() -> None:
    """Hands the library's queued log lines to logging."""

class SimulatedMachine:
    """
    A scenario and a state file for the simulated driver, in the environment while it lives.
    """

    def __init__(self, *, model: str, gpus: int, virtual_clock: bool, seed: int, time_noise: float, power_noise: float, read_latency_ms: float, write_latency_ms: float, settling_ms: float, tick_ms: float | None, prior_limit_w: float | None, workload: str | None, step_seconds: float | None, json: str) -> None: ...

    @property
    def scenario(self) -> str: ...

    @property
    def state(self) -> str: ...

def load_simulator(folder: str) -> None:
    """Loads the simulated driver from a folder, before any other driver."""

def driver_is_open() -> bool:
    """Whether something in this process holds a session with the GPU driver."""

def driver_is_simulated() -> bool:
    """Whether the GPU driver that is loaded is the simulated one."""

def simulator_step(gpus: Sequence[int]) -> None:
    """One training step on these GPUs; blocks until it is done."""

def simulator_truth(gpu: int) -> tuple[float, float, float, float, int]:
    """(energy in J, elapsed in s, busy in s, power in W, steps) of a GPU."""

def simulator_monotonic() -> float:
    """The simulated machine's monotonic clock, in seconds."""

def simulator_unix_time() -> float:
    """The simulated machine's Unix time, in seconds."""

def simulator_sleep(seconds: float) -> None:
    """
    Lets time pass on the simulated machine's clock; in virtual time at once.
    """

class Cpu:
    """One CPU package and its number."""

    @property
    def index(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def has_dram(self) -> bool: ...

    def total_energy(self) -> tuple[float, float | None]:
        """(the package's energy, its memory's or None) since it was found, in J."""

class Gpu:
    """One GPU and the index the training framework gives it."""

    @property
    def index(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def uuid(self) -> str: ...

    @property
    def pci_address(self) -> str: ...

    @property
    def architecture(self) -> str: ...

    @property
    def counter_period(self) -> float:
        """How often the energy counter moves, in seconds."""

    @property
    def has_energy_counter(self) -> bool: ...

    @property
    def has_instant_power(self) -> bool: ...

    @property
    def has_average_power(self) -> bool: ...

    @property
    def has_temperature(self) -> bool: ...

    def power_limit_range(self) -> tuple[int, int]:
        """(lowest, highest) power limit in mW."""

    def default_power_limit(self) -> int:
        """In mW."""

    def power_limit(self) -> int:
        """In mW."""

    def enforced_power_limit(self) -> int:
        """In mW."""

    def set_power_limit(self, limit: int) -> None:
        """In mW."""

    def total_energy(self) -> int:
        """Energy since the driver was loaded, in mJ."""

    def instant_power(self) -> int:
        """In mW."""

    def average_power(self) -> int:
        """In mW."""

    def temperature(self) -> int:
        """In degrees Celsius."""

    def persistence_mode(self) -> bool: ...

    def set_persistence_mode(self, enabled: bool) -> None: ...

    def supported_memory_clocks(self) -> list[int]:
        """In MHz."""

    def supported_graphics_clocks(self, memory_clock: int) -> list[int]:
        """In MHz."""

    def lock_memory_clocks(self, min: int, max: int) -> None:
        """In MHz."""

    def unlock_memory_clocks(self) -> None: ...

    def lock_graphics_clocks(self, min: int, max: int) -> None:
        """In MHz."""

    def unlock_graphics_clocks(self) -> None: ...

    def average_memory_power(self) -> int:
        """In mW."""

class Machine:
    """The GPUs and CPUs that this process sees."""

    def __init__(self) -> None: ...

    def gpus(self) -> list[Gpu]:
        """The visible GPUs, by the framework's indices."""

    def gpus_if_any(self) -> list[Gpu]:
        """
        Like gpus(), but empty where no driver works. Warns where one is there and doesn't.
        """

    def all_gpus(self) -> list[Gpu]:
        """Every GPU of the driver, by its own order."""

    def driver_index(self, gpu: Gpu) -> int:
        """The GPU's number in the driver's own order."""

    def cpus(self) -> list[Cpu]:
        """The CPU packages whose energy can be read, by their numbers."""

    @property
    def cpu_problem(self) -> str:
        """Why CPU packages are missing; empty where none are."""

    @property
    def problem(self) -> str:
        """Why there are no GPUs; empty where there are."""

    @property
    def driver_failure(self) -> str:
        """Why a driver that is there doesn't work; empty where there is none."""

    @property
    def driver_version(self) -> str: ...

class ZeusMonitor:
    """What zeus.monitor.ZeusMonitor measures with."""

    def __init__(self, gpus: Sequence[Gpu], cpus: Sequence[Cpu], approx_instant_energy: bool, log_file: bytes | None, sync_execution: object | None) -> None: ...

    def begin_window(self, key: str, sync_execution: bool, restart: bool) -> None: ...

    def end_window(self, key: str, sync_execution: bool) -> tuple[float, dict[int, float], dict[int, float] | None, dict[int, float] | None, bool]:
        """
        (seconds, joules by GPU index, by CPU package, of their memory, whether a GPU's is zero).
        """

    def cancel_window(self, key: str, sync_execution: bool) -> None: ...

    def reset_windows(self) -> None: ...

class Sampler:
    """
    Samples (GPU, quantity) pairs. Quantities: device_instant, device_average, memory_average (W), temperature (degrees Celsius).
    """

    def __init__(self, sources: Sequence[tuple[Gpu, str]], period: float, max_points: int | None) -> None: ...

    def points(self, source: int, begin: float | None, end: float | None) -> list[tuple[float, float]]:
        """(Unix time, value) at each change between two times."""

    def value(self, source: int, time: float | None) -> float | None:
        """The value nearest to a time, or the newest; None while there is none."""

    def integral(self, source: int, begin: float, end: float) -> float | None:
        """Over time, in the quantity's unit times s; None without values."""

    def stop(self) -> None: ...

def can_read(gpu: Gpu, quantity: str) -> bool:
    """Whether a GPU has a quantity."""

def unix_time() -> float:
    """
    The time that measurements are reported in: the machine's, or the simulated driver's.
    """

class OptimumSelector:
    """A selector of the C++ library."""

    def select(self, points: Sequence[tuple[float, float, float]]) -> float:
        """
        The best power limit in W, of points (limit in W, energy in J, time in s).
        """

class Energy(OptimumSelector):
    def __init__(self) -> None: ...

class Time(OptimumSelector):
    def __init__(self) -> None: ...

class ZeusCost(OptimumSelector):
    def __init__(self, eta_knob: float, world_size: int) -> None: ...

class MaxSlowdownConstraint(OptimumSelector):
    def __init__(self, factor: float) -> None: ...

class LeastEnergyWithinSlowdown(OptimumSelector):
    def __init__(self, factor: float) -> None: ...

def zeus_cost(energy: float, time: float, eta_knob: float, max_power: float) -> float:
    """eta_knob * energy + (1 - eta_knob) * max_power * time, in joules."""

class GlobalPowerLimitOptimizer:
    """What zeus.optimizer.power_limit.GlobalPowerLimitOptimizer works with."""

    def __init__(self, *, monitor: object, gpus: Sequence[Gpu], select: object | None, communicator: object | None, wait_steps: int, warmup_steps: int, profile_steps: int, pl_step: float, profile_path: bytes | None, max_power_limit: float | None, local_gpu_index: int | None, construction_timeout: float, idle_timeout: float | None, wanted_error: float | None, guard: str, when_busy: str, search: str, host_power: float, measured_host: Machine | None, retune_on_drift: bool | None, drift_interval: float) -> None:
        """
        Power in W, time in s. `measured_host`: the machine whose CPUs' draw counts instead of `host_power`.
        """

    def on_train_begin(self) -> None: ...

    def on_epoch_begin(self) -> None: ...

    def on_step_begin(self) -> None: ...

    def on_step_end(self) -> None: ...

    def on_pause(self) -> None: ...

    def on_epoch_end(self) -> None: ...

    def on_train_end(self) -> None: ...

    def on_train_interrupted(self) -> None: ...

    def on_batch_size(self, samples: int) -> None: ...

    def close(self) -> None: ...

    def hook(self, name: str) -> Callable[[], None]:
        """A hook as a function that is quick to call."""

    @property
    def state(self) -> tuple[str, int | None, int | None, str]:
        """(name, power limit in mW or None, steps or None, reason)."""

    @property
    def power_limits(self) -> list[int]:
        """In mW, highest first."""

    @property
    def current_power_limit(self) -> int:
        """In mW."""

    @property
    def measurements(self) -> list[tuple[float, float, float]]:
        """(power limit in W, energy in J, time in s) of each limit so far."""

    def progress(self) -> tuple[int, int, int, int, str]:
        """
        (probes done, probes expected, steps left, setting in mW, why tuning has stopped).
        """

    def report(self) -> tuple[list[tuple[int, float, float, float, float, int, tuple[float, float, bool], bool, bool]], int, int | None, str, str, int, int, tuple[int, float, float, float, float, float, int, float, float, float | None] | None]:
        """
        (probes, prior limit in mW, choice in mW or None, its reason, why tuning has stopped, dropped probes, restarts, gain). A probe is (setting in mW, energy in J, time in s, their errors, steps, (share, times, whether counted) of long steps, drifts, is sure). A gain is (reference in mW, energy's change and error, time's change and error, host's power in W, profiling's steps, energy in J and time in s, steps until that is paid back).
        """

    @property
    def awaits_first_step(self) -> bool:
        """Whether no step has begun or ended since the construction."""

    @property
    def was_interrupted(self) -> bool:
        """
        Whether an exception has left a hook or the training, and no step has come since.
        """

    @property
    def is_in_hook(self) -> bool:
        """Whether this thread is inside a hook: then hooks do nothing."""

    @property
    def is_retuning(self) -> bool:
        """
        Whether the search under way follows a drift: the choice before it stands until it ends.
        """

    @property
    def gpu_count(self) -> int:
        """GPUs of the whole job."""

def tell_failed_construction(communicator: object, reason: str, timeout: float) -> None:
    """
    Takes part in the ranks' construction as one that can't. Waits for the others.
    """
