#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a program on simulated GPUs: simulate.py [--gpus N] [--model NAME] PROGRAM ARGUMENT...

Where PROGRAM ends in .py, this Python runs it. The exit code is the program's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from zeus.simulator import SimulatedGPUs


def main() -> int:
    """Makes the simulated machine and runs the program on it."""
    parser = argparse.ArgumentParser(description="Runs a program on simulated GPUs.")
    parser.add_argument("--gpus", type=int, default=1, help="how many, 1 to 16 (%(default)s)")
    parser.add_argument(
        "--model", default="V100", help="V100, A40, RTX6000 or P100 (default: %(default)s)"
    )
    parser.add_argument(
        "--step_seconds",
        type=float,
        metavar="S",
        help="how long a training step takes at full clock (default: as on the real GPU)",
    )
    parser.add_argument(
        "--real_clock",
        action="store_true",
        help="steps take real time; for programs of several processes",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the noise (default: %(default)s)")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="PROGRAM ARGUMENT...")
    arguments = parser.parse_args()
    if not arguments.command:
        parser.error("there is no program to run")
    command = arguments.command
    if command[0].endswith(".py"):
        command = [sys.executable, *command]
    try:
        with SimulatedGPUs(
            arguments.gpus,
            model=arguments.model,
            step_seconds=arguments.step_seconds,
            virtual_clock=not arguments.real_clock,
            seed=arguments.seed,
            time_noise=0.02,
            power_noise=0.01,
        ):
            return subprocess.run(command, check=False).returncode
    except (OSError, ValueError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
