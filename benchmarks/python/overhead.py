# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What one thing costs under the package `zeus` that is installed, whichever it is.

overhead.py FIGURE prints a number: seconds a call above an empty loop, or for the sampler its share
of one core. Runs on the simulated driver that the environment names. compare.py runs this.
"""

import ctypes
import os
import sys
import time
import timeit
from collections.abc import Callable
from pathlib import Path

# The replaced package wants a torch; importing the real one takes seconds.
sys.path.insert(0, str(Path(__file__).parents[2] / "python/tests/compat/stand_in"))

GPUS = 8
SAMPLING_SECONDS = 5.0


def step() -> None:
    """One simulated training step on the first GPU."""
    driver = ctypes.CDLL("libnvidia-ml.so.1")
    assert driver.zeus_sim_step((ctypes.c_uint * 1)(0), 1) == 0


def per_call(function: Callable[[], object], calls: int) -> float:
    """Seconds a call, above an empty loop: the best of 10 rounds, for what else runs only adds."""

    def best(loop: Callable[[], None]) -> float:
        return min(timeit.repeat(loop, number=1, repeat=10)) / calls

    def full() -> None:
        for _ in range(calls):
            function()

    def empty() -> None:
        for _ in range(calls):
            pass

    return best(full) - best(empty)


def step_begin(steps: int, profile_steps: int, state: str) -> float:
    """on_step_begin in the state that is reached after so many steps."""
    from zeus.monitor import ZeusMonitor
    from zeus.optimizer.power_limit import Energy, GlobalPowerLimitOptimizer

    plo = GlobalPowerLimitOptimizer(
        ZeusMonitor(gpu_indices=[0]), Energy(), 1, 1, profile_steps, pl_step=25
    )
    for _ in range(steps):
        plo.on_step_begin()
        step()
    seconds = per_call(plo.on_step_begin, 50_000)
    assert type(plo.state).__name__ == state
    return seconds


def pair() -> float:
    """A window begun and ended over eight GPUs."""
    from zeus.monitor import ZeusMonitor

    monitor = ZeusMonitor(gpu_indices=list(range(GPUS)))
    driver = ctypes.CDLL("libnvidia-ml.so.1")
    driver.zeus_sim_clock_monotonic_ns.restype = ctypes.c_longlong
    now = driver.zeus_sim_clock_monotonic_ns()

    # Virtual time passes, so that the windows have energy: both packages warn where there is none.
    def pass_time() -> None:
        nonlocal now
        now += 1_000_000
        driver.zeus_sim_clock_sleep_until_ns(ctypes.c_longlong(now), None)

    def window() -> None:
        monitor.begin_window("pair")
        pass_time()
        monitor.end_window("pair")

    return per_call(window, 2_000) - per_call(pass_time, 2_000)


def session_cpu_seconds() -> float:
    """CPU time so far of this process and of all that it started."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it has ended
        if int(fields[3]) == os.getsid(0):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def sampling() -> float:
    """The share of one core that sampling eight GPUs 100 times a second takes."""
    from zeus.monitor import PowerMonitor

    monitor = PowerMonitor(list(range(GPUS)), 0.01, None, ["device_instant"])
    time.sleep(2.0)  # processes start
    assert monitor.get_power() is not None
    used, start = session_cpu_seconds(), time.monotonic()
    time.sleep(SAMPLING_SECONDS)
    share = (session_cpu_seconds() - used) / (time.monotonic() - start)
    monitor.stop()
    return share


FIGURES: dict[str, Callable[[], float]] = {
    "step begin, done": lambda: step_begin(40, 1, "Done"),
    "step begin, counting": lambda: step_begin(4, 10**8, "Profiling"),
    "pair over 8 GPUs": pair,
    "sampling": sampling,
}

if __name__ == "__main__":
    print(FIGURES[sys.argv[1]]())
