# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""A training that is killed leaves no power limit behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import zeus

COMMAND = Path(zeus.__file__).parent / "_native" / "bin" / "zeus"

# Prints where its machine is once it has set a limit, and trains on until it is ended.
PROGRAM = """
import json, logging, os, subprocess, sys
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer
from zeus.simulator import SimulatedGPUs

logging.basicConfig(level=logging.WARNING)
with SimulatedGPUs(gpus=2, virtual_clock=False, step_seconds=0.002) as box:
    plo = GlobalPowerLimitOptimizer(ZeusMonitor(), wait_steps=0, warmup_steps=1, profile_steps=5)
    if "workers" in sys.argv:  # that outlive it
        subprocess.Popen(["sleep", "20"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if os.fork() == 0:
            os.close(1)
            os.close(2)
            import time
            time.sleep(20)
            os._exit(0)
    is_told = False
    while True:
        plo.on_step_begin()
        box.step()
        plo.on_step_end()
        if not is_told and min(box.power_limits) < 250_000:
            is_told = True
            names = ("ZEUS_SIMULATOR", "ZEUS_SIMULATOR_STATE", "ZEUS_JOURNAL_DIR")
            names = (*names, "LD_LIBRARY_PATH")
            print(json.dumps({name: os.environ[name] for name in names}), flush=True)
"""


def limits(environment):
    report = subprocess.run(
        [str(COMMAND), "env", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    return [gpu["requested_power_limit_w"] for gpu in json.loads(report)["gpus"]]


@pytest.mark.parametrize("arguments", [[], ["workers"]])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_training_that_is_killed_leaves_no_limit(tmp_path, number, arguments):
    script = tmp_path / "training.py"
    script.write_text(PROGRAM)
    with subprocess.Popen(
        [sys.executable, str(script), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as training:
        machine = os.environ | json.loads(training.stdout.readline())
        training.send_signal(number)
        training.wait(timeout=60)
        end = time.monotonic() + 5
        while limits(machine) != [250, 250] and time.monotonic() < end:
            time.sleep(0.05)
        assert limits(machine) == [250, 250]
        assert training.stderr.read() == ""  # it was guarded: nothing to warn of
