# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""A driver that doesn't start, that isn't there, or that another library shuts down."""

import ctypes
import json

import pytest

from zeus.device import get_gpus
from zeus.monitor import ZeusMonitor
from zeus.simulator import driver_folder


@pytest.fixture
def driver_that_answers(tmp_path):
    """driver_that_answers(code): the environment of a driver whose start answers with that code."""

    def environment(code):
        scenario = tmp_path / "scenario.json"
        scenario.write_text(json.dumps({"faults": [{"function": "nvmlInit_v2", "code": code}]}))
        return {
            "LD_LIBRARY_PATH": str(driver_folder()),
            "ZEUS_SIMULATOR": str(scenario),
            "ZEUS_SIMULATOR_STATE": str(tmp_path / "state"),
        }

    return environment


@pytest.mark.parametrize("code", [4, 18, 999])
def test_a_driver_that_does_not_start_is_one_warning_with_the_cause(
    run_script, driver_that_answers, code
):
    result = run_script(
        """
        from zeus.monitor import ZeusMonitor
        ZeusMonitor(gpu_indices=[])
        for _ in range(2):
            print(ZeusMonitor().gpu_indices)
        try:
            ZeusMonitor(gpu_indices=[0])
        except ValueError as error:
            print(error)
        """,
        environment=driver_that_answers(code),
    )
    first, second, error = result.stdout.splitlines()
    assert (first, second) == ("[]", "[]")
    cause = "the NVIDIA driver did not start: nvmlInit_v2: "
    assert error.startswith("No GPUs available: " + cause)
    assert f"NVML code {code}" in error
    warnings_told = [line for line in result.stderr.splitlines() if cause in line]
    assert len(warnings_told) == 1, result.stderr
    assert f"NVML code {code}" in warnings_told[0]


def test_a_driver_that_is_not_loaded_is_silent(run_script, driver_that_answers):
    result = run_script(
        "from zeus.monitor import ZeusMonitor; print(ZeusMonitor().gpu_indices)",
        environment=driver_that_answers(9),
    )
    assert result.stdout == "[]\n"
    assert "driver" not in result.stderr


@pytest.mark.parametrize("shutdowns", [1, 2])
def test_a_driver_that_another_library_shut_down_is_measured_and_set_on(simulated_gpus, shutdowns):
    box = simulated_gpus(1, prior_limit=225)
    monitor = ZeusMonitor()
    monitor.begin_window("x")
    box.step()
    nvml = ctypes.CDLL(str(driver_folder() / "libnvidia-ml.so.1"))
    for _ in range(shutdowns):
        nvml.nvmlShutdown()
    box.step()
    get_gpus().set_power_management_limit(0, 150_000)
    for _ in range(shutdowns):
        nvml.nvmlShutdown()
    get_gpus().set_power_management_limit(0, 225_000)
    result = monitor.end_window("x")
    assert result.total_energy > 0
    assert box.power_limits == [225_000]
