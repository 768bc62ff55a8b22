# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""This package's costs beside those of the one it replaces, both in one run, taking turns.

compare.py OTHER_PYTHON [--rounds N]: OTHER_PYTHON is a Python that has zeus 0.16. Prints a table of
medians; GPUs are simulated and answer at once, so what is measured is the packages.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from zeus.simulator import SimulatedGPUs

OVERHEAD = Path(__file__).with_name("overhead.py")
CALLS = {
    "step begin, done": ("`on_step_begin` when done", "<= 80 ns", 1e9, "ns"),
    "step begin, counting": ("`on_step_begin` while counting", "<= 150 ns", 1e9, "ns"),
    "pair over 8 GPUs": ("begin/end pair over 8 GPUs", "<= 5 us", 1e6, "us"),
    "sampling": ("8 GPUs sampled at 100 Hz, share of a core", "<= 2 %", 1e2, "%"),
}


def overhead(python: str, figure: str) -> float:
    """One figure under one package, on a simulated machine of its own."""
    virtual = figure != "sampling"
    with SimulatedGPUs(8, virtual_clock=virtual, step_seconds=1e-3):
        result = subprocess.run(
            [python, OVERHEAD, figure],
            capture_output=True,
            text=True,
            start_new_session=True,  # whose processes are counted
        )
    if result.returncode != 0:
        sys.exit(f"{figure} under {python}:\n{result.stderr}")
    return float(result.stdout)


def import_seconds(python: str) -> float:
    """`import zeus.monitor` above a bare interpreter; no torch can be found there."""
    seconds = []
    for program in ("pass", "import zeus.monitor, sys; assert 'torch' not in sys.modules"):
        start = time.perf_counter()
        subprocess.run([python, "-c", program], check=True, cwd="/", env=os.environ)
        seconds.append(time.perf_counter() - start)
    return seconds[1] - seconds[0]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other_python", help="a Python with the replaced package")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each package (default 5)")
    arguments = parser.parse_args()
    pythons = (sys.executable, arguments.other_python)
    figures: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in CALLS}
    imports: tuple[list[float], list[float]] = ([], [])
    for _ in range(arguments.rounds):
        for python, seconds in zip(pythons, imports, strict=True):
            seconds.append(import_seconds(python))
        for name, both in figures.items():
            for python, values in zip(pythons, both, strict=True):
                values.append(overhead(python, name))
    print(f"Medians of {arguments.rounds}, taking turns; simulated GPUs that answer at once.\n")
    print("| what | aim | zeus-cpp | zeus 0.16 | ratio |")
    print("|---|---|---|---|---|")
    rows = [(*CALLS[name], both) for name, both in figures.items()]
    rows.append(("`import zeus.monitor`", "<= 60 ms", 1e3, "ms", imports))
    for what, aim, scale, unit, both in rows:
        ours, theirs = (statistics.median(values) * scale for values in both)
        print(f"| {what} | {aim} | {ours:.3g} {unit} | {theirs:.3g} {unit} | {theirs / ours:.0f} |")


if __name__ == "__main__":
    main()
