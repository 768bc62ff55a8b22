# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Real programs, as they are on PyPI, on simulated GPUs: what they show is what the model draws.

ZEUS_COMMAND names the command `zeus`; tools/test_python.sh makes the clients' environment.
"""

import pytest
import simulated_machine
from simulated_machine import LIMITS_W, MODELS, NAMES, TICKS_S


@pytest.fixture
def look(tmp_path):
    """Lets a client look at a simulated machine: look(client, step_seconds, clock)."""

    def run(client, step_seconds, clock="real"):
        seen = simulated_machine.look(client, tmp_path, step_seconds, clock)
        print(f"{client}: {seen}")
        return seen

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
