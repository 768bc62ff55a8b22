# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures and helpers. Everything runs on the simulated driver."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Energy, GlobalPowerLimitOptimizer
from zeus.simulator import SimulatedGPUs

# A shell starts what it runs in the background with Ctrl-C ignored, and children inherit that: the
# programs that these tests interrupt would never hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Whatever CPUs the machine has: tests that are about CPUs bring their own.
os.environ["ZEUS_POWERCAP"] = "/nonexistent"

MakeBox = Callable[..., SimulatedGPUs]


class Training:
    """A training loop on simulated GPUs."""

    def __init__(self, box: SimulatedGPUs, plo: GlobalPowerLimitOptimizer) -> None:
        self.box = box
        self.plo = plo

    def steps(self, count: int) -> None:
        for _ in range(count):
            self.plo.on_step_begin()
            self.box.step()
            self.plo.on_step_end()

    def epoch(self, steps: int) -> None:
        self.plo.on_epoch_begin()
        self.steps(steps)
        self.plo.on_epoch_end()


@pytest.fixture
def train(simulated_gpus: MakeBox) -> Callable[..., Training]:
    """Makes a box, a monitor of all of it and an optimizer: train(gpus, box={...}, **plo)."""

    def make(gpus: int = 1, box: dict | None = None, **parameters) -> Training:
        machine = simulated_gpus(gpus, **(box or {}))
        parameters = {"wait_steps": 0, "warmup_steps": 1, "profile_steps": 2} | parameters
        return Training(machine, GlobalPowerLimitOptimizer(ZeusMonitor(), **parameters))

    return make


@pytest.fixture
def run_script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program in a Python of its own: run_script(text, *arguments)."""

    def run(
        text: str, *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(text))
        return subprocess.run(
            [sys.executable, str(script), *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
            env=os.environ | (environment or {}),
        )

    return run


@pytest.fixture
def alarm():
    """Has SIGALRM handled by a function: alarm(handler)."""
    before = signal.getsignal(signal.SIGALRM)
    yield lambda handler: signal.signal(signal.SIGALRM, handler)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def log_to():
    """Has lines handled by a function: log_to(emit)."""
    logger = logging.getLogger("zeus.optimizer.power_limit")
    handler = logging.Handler()

    def handle(emit):
        handler.emit = emit
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)

    yield handle
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def tune_with(simulated_gpus):
    """A machine and an optimizer: tune_with(sync, selector, **parameters)."""

    def make(sync=None, selector=None, **parameters):
        box = simulated_gpus(prior_limit=225)
        monitor = ZeusMonitor(sync_execution_with=sync or (lambda: None))
        parameters = {"warmup_steps": 2, "profile_steps": 3, "pl_step": 50} | parameters
        return box, GlobalPowerLimitOptimizer(monitor, selector or Energy(), **parameters)

    return make
