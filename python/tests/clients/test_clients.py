# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Real programs, as they are on PyPI, on simulated GPUs: what they show is what the model draws.

ZEUS_COMMAND names the command `zeus`; tools/test_python.sh makes the clients' environment.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# One GPU of each way to measure power: instantaneous, averaged, sampled for a part of the time.
MODELS = ["V100", "A40", "RTX6000", "H100"]
NAMES = ["Tesla V100-PCIE-32GB", "NVIDIA A40", "Quadro RTX 6000", "NVIDIA H100 80GB HBM3"]
LIMITS_W = [250, 300, 260, 700]
TICKS_S = [0.02, 0.1, 0.1, 0.1]


@pytest.fixture
def look(tmp_path):
    """Lets a client look at a simulated machine, whose steps take so long at full clock."""

    def run(client, step_seconds, clock="real"):
        scenario = tmp_path / "scenario.json"
        # The GPUs never wait in a step, and draw the same in all of it: for a glance to show it.
        workload = {"model": "V100 ResNet-50", "idle_share": 0, "step_seconds": step_seconds}
        scenario.write_text(
            json.dumps(
                {
                    "gpus": [{"model": model} for model in MODELS],
                    "workload": workload,
                    "noise": {"time": 0, "power": 0},
                    "leakage_per_celsius": 0,
                }
            )
        )
        command = [os.environ["ZEUS_COMMAND"], "simulate", "--scenario", scenario]
        command += ["--clock", clock, "--quiet", "--", sys.executable, HERE / "inside_box.py"]
        result = subprocess.run(
            [*command, client, str(len(MODELS))],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=tmp_path,
        )
        assert result.returncode == 0, result.stderr
        print(f"{client}: {result.stdout.splitlines()[-1]}")
        return json.loads(result.stdout.splitlines()[-1])

    return run


def test_nvidia_ml_py_shows_what_the_model_draws(look):
    seen = look("nvidia-ml-py", step_seconds=60)
    assert seen["names"] == NAMES
    assert seen["watts"] == pytest.approx(seen["model_watts"], rel=0.01)
    assert seen["instant_watts"] == pytest.approx(seen["model_watts"], rel=0.01)
    assert seen["pids"] == [[seen["job_pid"]]] * len(MODELS)
    assert all(seen["memory_adds_up"])
    assert all(asked == got for asked, got in seen["limits_mw"])
    for (counted, true), tick, draw in zip(
        seen["energies_j"], TICKS_S, seen["model_watts"], strict=True
    ):
        # The truth is asked after the counter, and the machine may be busy.
        assert 0 <= true - counted <= (tick + 0.2) * draw


def test_gpustat_shows_what_the_model_draws(look):
    seen = look("gpustat", step_seconds=60)
    assert seen["names"] == NAMES
    assert seen["limits_w"] == LIMITS_W
    assert seen["watts"] == pytest.approx(seen["model_watts"], rel=0.01)
    assert seen["pids"] == [[seen["job_pid"]]] * len(MODELS)
    assert seen["utilization"] == [100] * len(MODELS)


def test_nvitop_shows_what_the_model_draws(look):
    seen = look("nvitop", step_seconds=60)
    assert seen["limits_w"] == LIMITS_W, seen["text"]
    assert seen["watts"] == pytest.approx(seen["model_watts"], rel=0.01)
    assert seen["pids"] == [[seen["job_pid"]]] * len(MODELS), seen["text"]


def test_codecarbon_counts_the_energy_of_the_model_within_a_tick(look):
    # In virtual time nothing passes but what the steps take and the driver's own calls.
    seen = look("codecarbon", step_seconds=0.5, clock="virtual")
    a_tick = sum(tick * limit for tick, limit in zip(TICKS_S, LIMITS_W, strict=True))
    assert seen["energy_j"] == pytest.approx(seen["model_energy_j"], abs=a_tick)
    assert seen["model_energy_j"] > 50 * a_tick
