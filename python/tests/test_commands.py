# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""python -m zeus.monitor, python -m zeus.show_env, and what stands in files and environments."""

import signal
import subprocess
import sys

import pytest

from zeus.utils.env import get_env
from zeus.utils.metric import avg_power, energy


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-u", "-m", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_power_prints_lines_and_at_ctrl_c_the_energy(simulated_gpus):
    simulated_gpus(2, virtual_clock=False)
    process = start("zeus.monitor", "power", "--gpu-indices", "1", "--update-period", "0.1")
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert all("{'GPU1': " in line for line in lines), errors
    assert "Total time (s): " in rest
    assert "Total energy (J): {'GPU1': " in rest
    assert process.returncode == 0


def test_energy_prints_the_measurement_at_ctrl_c(simulated_gpus, tmp_path):
    simulated_gpus(2, virtual_clock=False)
    script = (
        "import os, signal, threading, runpy, sys;"
        "sys.argv = ['zeus.monitor', 'energy'];"
        "threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start();"
        "runpy.run_module('zeus.monitor', run_name='__main__')"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert "Total energy (J): Measurement(time=" in result.stdout, result.stderr
    assert "gpu_energy={0: " in result.stdout


def test_a_wrong_command_line_is_a_usage_error():
    process = start("zeus.monitor", "heat")
    assert "usage" in process.communicate(timeout=60)[1]
    assert process.returncode == 2


def test_show_env_tells_the_gpus(simulated_gpus):
    simulated_gpus(2, prior_limit=200)
    process = start("zeus.show_env")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "GPU 1 (nvidia-smi's 1): " in output
    assert "power limit 200 W of 100-250 W, an energy counter" in output


def test_show_env_tells_what_was_tried_without_a_driver():
    process = start("zeus.show_env")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "No GPUs: " in output
    assert "libnvidia-ml" in output


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("7", int, 7),
        ("7.5", float, 7.5),
        ("True", bool, True),
        ("false", bool, False),
        ("a", str, "a"),
    ],
)
def test_environment_variables_have_types(monkeypatch, text, kind, expected):
    monkeypatch.setenv("ZEUS_TEST", text)
    assert get_env("ZEUS_TEST", kind) == expected


def test_an_environment_variable_may_have_a_default(monkeypatch):
    monkeypatch.delenv("ZEUS_TEST", raising=False)
    assert get_env("ZEUS_TEST", int, default=0) == 0
    with pytest.raises(ValueError, match="ZEUS_TEST"):
        get_env("ZEUS_TEST", int)
    monkeypatch.setenv("ZEUS_TEST", "perhaps")
    with pytest.raises(ValueError, match="perhaps"):
        get_env("ZEUS_TEST", bool)


POWER_LOG = """Time,Power
2026-01-01 00:00:00.000,100000
2026-01-01 00:00:01.000,100000
2026-01-01 00:00:02.000,200000
2026-01-01 00:00:04.000,200000
2026-01-01 00:00:05.000,2
"""


@pytest.mark.parametrize(
    ("function", "bounds", "expected"),
    [
        (energy, {}, 100 + 150 + 400),
        (energy, {"start": 1}, 150 + 400),
        (energy, {"end": 2}, 100 + 150),
        (energy, {"start": -2}, 400),
        (energy, {"end": -2}, 100 + 150),
        (avg_power, {}, 650 / 4),
        (avg_power, {"start": 2}, 200),
    ],
)
def test_a_power_log_is_integrated(tmp_path, function, bounds, expected):
    path = tmp_path / "power.csv"
    path.write_text(POWER_LOG)
    assert function(path, **bounds) == pytest.approx(expected)


def test_a_power_log_that_is_too_short_is_a_value_error(tmp_path):
    path = tmp_path / "power.csv"
    path.write_text("Time,Power\n")
    with pytest.raises(ValueError, match="samples"):
        energy(path, start=1)
