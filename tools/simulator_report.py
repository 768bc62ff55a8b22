#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Prints docs/simulator_report.md: the simulated driver, seen from outside.

What real clients show of it beside the model's own figures, and what the library does about each
fault that a scenario can order.

simulator_report.py CLIENTS_PYTHON: run by a Python with zeus-cpp; CLIENTS_PYTHON has the clients.
tools/report.sh makes both.
"""

import json
import logging
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from zeus.device import get_gpus
from zeus.device.exception import ZeusBaseGPUError
from zeus.device.gpu import nvml_is_available
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Done, Energy, GlobalPowerLimitOptimizer, Stopped
from zeus.simulator import SimulatedGPUs

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "python/tests/clients"))
import simulated_machine  # noqa: E402

SET = "nvmlDeviceSetPowerManagementLimit"
ENERGY = "nvmlDeviceGetTotalEnergyConsumption"
GPUS = 2
PRIOR = 225  # W: neither the default nor a limit that the sweep would end at by itself
HANGING = "hangs"

# (what goes wrong, the scenario's faults, the scenario's other keys)
FAULTS = [
    ("nothing", [], {}),
    ("no driver", [{"function": "nvmlInit_v2", "code": 9}], {}),
    ("no right to set limits", [{"function": SET, "code": 4}], {}),
    (
        "setting a limit fails once, in the sweep",
        [{"function": SET, "call": 5, "count": 1, "code": 999}],
        {},
    ),
    ("setting limits fails from then on", [{"function": SET, "call": 5, "code": 4}], {}),
    ("a write says success and changes nothing", [{"function": SET, "ignored": True}], {}),
    ("setting a limit takes 500 ms", [{"function": SET, "delay_ms": 500}], {}),
    ("a GPU is lost in the sweep", [{"lost": True, "gpu": 1, "after_s": 8}], {}),
    ("somebody else sets a limit", [{"outside_limit_w": 150, "gpu": 0, "after_s": 8}], {}),
    ("there is no energy counter", [{"counter": "unsupported"}], {}),
    ("the counter is stuck", [{"counter": "stuck", "after_s": 8}], {}),
    ("the counter begins again at zero", [{"counter": "reset", "after_s": 8}], {}),
    ("the counter jumps back", [{"counter_jumps_back_mj": 5000, "gpu": 0, "call": 6}], {}),
    (
        "reading the counter fails once",
        [{"function": ENERGY, "call": 8, "count": 1, "code": 999}],
        {},
    ),
    ("the clocks are held down for heat", [{"event_reasons": 32, "after_s": 5}], {}),
    ("the host holds the limit at 150 W", [], {"enforced_limit_w": 150}),
    ("a driver call never comes back", [{"function": SET, "call": 5, HANGING: True}], {}),
]


def one_line(message):
    """Without what differs from machine to machine."""
    return re.sub(r" \([^()]*GPU-[^()]*\)|, GPU-[-0-9a-f]+|, /[^ )]*", "", str(message))


def limits_now():
    """Each GPU's limit as the driver tells it."""
    limits = []
    for gpu in get_gpus().gpus if nvml_is_available() else []:
        try:
            limits.append(f"{gpu.get_power_management_limit() / 1000:g} W")
        except ZeusBaseGPUError:
            limits.append("lost")
    return ", ".join(limits) or "as they were"


def train(faults, gpu):
    """What became of a job: one line for the table."""
    machine = {"gpus": [{"model": "V100", "count": GPUS, "prior_limit_w": PRIOR, **gpu}]}
    with SimulatedGPUs(GPUS, scenario={**machine, "faults": faults}) as box:
        try:
            plo = GlobalPowerLimitOptimizer(ZeusMonitor(cpu_indices=[]), Energy(), 1, 2, 5, 50)
        except Exception as error:
            return f"the constructor raises {type(error).__name__}: {one_line(error)}", limits_now()
        steps = 0
        for _ in range(60):
            plo.on_step_begin()
            try:
                box.step()
            except Exception:
                break  # training itself can't go on: a GPU is lost
            plo.on_step_end()
            steps += 1
        state = plo.state
        plo.on_train_end()
        limits = limits_now()
    if isinstance(state, Done):
        return f"{state.optimal_power_limit // 1000} W is chosen", limits
    if isinstance(state, Stopped):
        trained = "" if steps == 60 else f" (training itself ends at step {steps + 1})"
        return f"the tuning ends{trained}: {one_line(state.reason)}", limits
    if steps < 60:
        return (
            f"training itself can't go on after step {steps}; the other GPU's limit is put back",
            limits,
        )
    return f"it goes on measuring, 20 times as long at most (at the end: {state})", limits


def print_faults():
    """The second table."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    print("| what goes wrong | what the library does | limits afterwards |")
    print("|---|---|---|")
    for what, faults, gpu in FAULTS:
        if any(HANGING in fault for fault in faults):
            outcome = "the hook waits with it: a driver call can't be abandoned"
            print(f"| {what} | {outcome} | as they were in the sweep |")
            continue
        outcome, limits = train(faults, gpu)
        print(f"| {what} | {outcome.replace('|', '/')} | {limits} |")


def print_clients(python):
    """The first table."""
    names = simulated_machine.MODELS
    print(f"| client | figure | {' | '.join(names)} |")
    print("|---|---|" + "---|" * len(names))

    def row(client, figure, values, digits=1):
        cells = " | ".join(f"{value:.{digits}f}" for value in values)
        print(f"| {client} | {figure} | {cells} |")

    with tempfile.TemporaryDirectory() as folder:
        for client in ("nvidia-ml-py", "gpustat", "nvitop"):
            seen = simulated_machine.look(client, Path(folder), 60, python=python)
            row("the model", "W", seen["model_watts"])
            row(client, "W", seen["watts"])
            if "energies_j" in seen:
                row("the model", "J", [true for _, true in seen["energies_j"]])
                row(client, "J", [counted for counted, _ in seen["energies_j"]])
        seen = simulated_machine.look("codecarbon", Path(folder), 0.5, "virtual", python=python)
    print()
    print(
        f"codecarbon, all four together: {seen['energy_j']:.0f} J; "
        f"the model: {seen['model_energy_j']:.0f} J."
    )


def main():
    version = subprocess.run(
        [sys.argv[1], "-m", "pip", "list", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    versions = {each["name"]: each["version"] for each in json.loads(version)}
    clients = ("nvidia-ml-py", "gpustat", "nvitop", "codecarbon")
    print("<!-- SPDX-FileCopyrightText: 2026 The zeus-cpp authors -->")
    print("<!-- SPDX-License-Identifier: Apache-2.0 -->")
    print("# The simulated driver, seen from outside\n")
    print("Printed by `make report`. All figures are simulated.\n")
    print("## Real clients\n")
    print(
        "Unchanged from PyPI: "
        + ", ".join(f"{name} {versions[name]}" for name in clients)
        + ". In each pair of rows the model's own figure stands above what the client showed while "
        "another process trained. Energy is read before the model is asked, and counters tick.\n"
    )
    print_clients(sys.argv[1])
    print("\n## Faults\n")
    print(
        f"A job on {GPUS} simulated V100 at {PRIOR} W that profiles four limits in 60 steps, with "
        "`Energy()`; the limits are read after `on_train_end()`. Which codes from which functions: "
        "`ctest -R OptimizerFaults` orders all of them, one by one.\n"
    )
    print_faults()


if __name__ == "__main__":
    main()
