# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""`python -m zeus.monitor energy|power`: what the GPUs use till Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable
from datetime import datetime

from zeus import _zeus
from zeus._output import program_output
from zeus.monitor.energy import ZeusMonitor
from zeus.monitor.power import PowerMonitor


def _wait_for_interrupt(period: float, work: Callable[[], None]) -> None:
    try:
        while True:
            time.sleep(period)
            work()
    except KeyboardInterrupt:
        pass


def energy(gpu_indices: list[int] | None = None) -> None:
    """Measures time and energy till Ctrl-C and prints them.

    Args:
        gpu_indices: The GPUs. None for all.
    """
    monitor = ZeusMonitor(gpu_indices)
    monitor.begin_window("zeus.monitor.energy")
    _wait_for_interrupt(3600.0, lambda: None)
    print("Total energy (J):", monitor.end_window("zeus.monitor.energy"))


def power(gpu_indices: list[int] | None = None, update_period: float = 1.0) -> None:
    """Prints the power, line by line, till Ctrl-C, then time and energy.

    Args:
        gpu_indices: The GPUs. None for all.
        update_period: Between two lines, in s.
    """
    monitor = PowerMonitor(gpu_indices=gpu_indices, update_period=update_period)
    start_time = _zeus.unix_time()

    def name_gpus(values: dict[int, float]) -> dict[str, float]:
        return {f"GPU{index}": value for index, value in values.items()}

    def print_power() -> None:
        watts = monitor.get_power()
        if watts is not None:
            print(datetime.now(), name_gpus(watts), flush=True)

    _wait_for_interrupt(update_period, print_power)
    end_time = _zeus.unix_time()
    print("\nTotal time (s):", end_time - start_time)
    joules = monitor.get_energy(start_time, end_time)
    if joules is not None:
        print("Total energy (J):", name_gpus(joules))


def main() -> None:
    """Reads the command line and does what it says."""
    parser = argparse.ArgumentParser(
        prog="python -m zeus.monitor", description="Measures GPUs till Ctrl-C."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    energy_command = commands.add_parser("energy", help="time and energy, printed at the end")
    power_command = commands.add_parser("power", help="power, a line a period, and the energy")
    for command in (energy_command, power_command):
        command.add_argument(
            "--gpu-indices", nargs="+", type=int, help="the GPUs to monitor (default: all)"
        )
    power_command.add_argument(
        "--update-period", type=float, default=1.0, help="seconds between two lines (default: 1)"
    )
    arguments = parser.parse_args()
    # A shell's background jobs ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with program_output():
        if arguments.command == "energy":
            energy(arguments.gpu_indices)
        else:
            power(arguments.gpu_indices, arguments.update_period)


if __name__ == "__main__":
    main()
