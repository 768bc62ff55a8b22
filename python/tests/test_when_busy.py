# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Another job tunes the GPU: a second one is refused, waits or only measures."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from test_guard import PROGRAM, limits

from zeus.device.gpu.common import ZeusBaseGPUError
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer

# On the machine of another job, with one parameter.
SECOND = """
import json, sys
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer

try:
    plo = GlobalPowerLimitOptimizer(ZeusMonitor(), when_busy=sys.argv[1], progress=False)
except BaseException as error:
    print(type(error).__name__, error)
    sys.exit(3)
monitor = plo.monitor
monitor.begin_window("all")
for _ in range(100):
    plo.on_step_begin()
    plo.on_step_end()
print(json.dumps({"state": type(plo.state).__name__, "why": plo.report().stopped_because,
                  "said": plo.progress().stopped_because, "prior": plo.report().prior_power_limit,
                  "energy": monitor.end_window("all").total_energy}))
"""


@contextmanager
def busy_machine(tmp_path):
    """Yields a training that has set a limit, and the environment of its machine."""
    script = tmp_path / "training.py"
    script.write_text(PROGRAM)
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True
    ) as training:
        try:
            yield training, os.environ | json.loads(training.stdout.readline())
        finally:
            training.kill()


def second_job(tmp_path, machine, when_busy):
    script = tmp_path / "second.py"
    script.write_text(SECOND)
    return subprocess.Popen(
        [sys.executable, str(script), when_busy],
        env=machine,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_second_job_is_refused_and_learns_by_whom(tmp_path):
    with busy_machine(tmp_path) as (training, machine):
        with second_job(tmp_path, machine, "refuse") as job:
            output, _ = job.communicate(timeout=60)
        assert f"tuned by another job, process {training.pid}" in output
        assert output.startswith("ZeusBaseGPUError")


def test_the_second_job_waits_and_then_starts_from_the_users_limits(tmp_path):
    with busy_machine(tmp_path) as (training, machine):
        with second_job(tmp_path, machine, "wait") as job:
            said = job.stderr.readline()  # while it waits, without any logging configured
            assert f"GPU 0 is being tuned by another job, process {training.pid}." in said
            assert "waits until" in said
            assert job.poll() is None
            training.kill()
            output, _ = job.communicate(timeout=60)
        assert json.loads(output)["prior"] == 250_000
        assert limits(machine) == [250, 250]


def test_ctrl_c_ends_the_wait(tmp_path):
    with busy_machine(tmp_path) as (_, machine):
        with second_job(tmp_path, machine, "wait") as job:
            job.stderr.readline()
            job.send_signal(signal.SIGINT)
            output, _ = job.communicate(timeout=20)
        assert output.startswith("KeyboardInterrupt")


def test_the_second_job_only_measures(tmp_path):
    with busy_machine(tmp_path) as (training, machine):
        with second_job(tmp_path, machine, "measure_only") as job:
            output, said = job.communicate(timeout=60)
        told = json.loads(output)
        assert told["state"] == "Stopped"
        assert f"tuned by another job, process {training.pid}" in told["why"]
        assert told["said"] == told["why"]
        assert told["energy"] > 0
        assert said.count("\n") == 1, said
        assert "sets no power limit" in said


@pytest.mark.parametrize("parameter", ["guard", "when_busy"])
@pytest.mark.parametrize("value", ["never", "", None, 1])
def test_another_word_is_refused(simulated_gpus, parameter, value):
    simulated_gpus()
    with pytest.raises(ValueError, match=parameter):
        GlobalPowerLimitOptimizer(ZeusMonitor(), **{parameter: value})


def test_a_required_guard_that_is_not_there_is_an_error(simulated_gpus, monkeypatch, caplog):
    simulated_gpus(virtual_clock=False)
    monkeypatch.setenv("ZEUS_GUARD", "/nowhere/zeus-guard")
    monitor = ZeusMonitor()
    with pytest.raises(ZeusBaseGPUError, match="GPU 0 can't be guarded: cannot start"):
        GlobalPowerLimitOptimizer(monitor, guard="require")
    assert not caplog.records
    GlobalPowerLimitOptimizer(monitor, guard="auto").close()
    warnings = [record.message for record in caplog.records]
    assert sum("If this job is killed" in warning for warning in warnings) == 1
