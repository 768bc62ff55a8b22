# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The replaced package as a client of this project's zeusd, unchanged.

ZEUS_REPLACED names a Python that has it, ZEUSD the daemon; tools/test_python.sh gives both.
"""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def daemon(simulated_gpus, tmp_path, monkeypatch):
    """A zeusd for two GPUs and a CPU; gives the machine."""
    if "ZEUSD" not in os.environ:
        pytest.skip("ZEUSD does not name the daemon")
    machine = simulated_gpus(2, model="A40", virtual_clock=False)
    zone = tmp_path / "powercap" / "intel-rapl:0"
    zone.mkdir(parents=True)
    (zone / "name").write_text("package-0\n")
    (zone / "max_energy_range_uj").write_text("262143328850\n")
    (zone / "energy_uj").write_text("1000000\n")
    monkeypatch.setenv("ZEUS_POWERCAP", str(zone.parent))
    path = tmp_path / "zeusd.sock"
    process = subprocess.Popen([os.environ["ZEUSD"], "serve", "--socket-path", str(path)])
    deadline = time.monotonic() + 20
    while not path.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    monkeypatch.setenv("ZEUSD_SOCK_PATH", str(path))
    yield machine
    process.terminate()
    assert process.wait(20) == 0


def test_its_client_works_and_what_it_sets_is_put_back_when_it_ends(daemon):
    client = subprocess.Popen(
        [os.environ["ZEUS_REPLACED"], str(HERE / "zeusd_client.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
    )
    told = json.loads(client.stdout.readline())
    assert told.pop("error").startswith("Failed to set_power_limit: {")
    assert told == {
        "classes": ["ZeusdNVIDIAGPU"] * 2,
        "limits": [150_000, 160_000],
        "after_reset": [150_000, 300_000],
        "after_both": [175_000, 300_000],
        "persistence": True,
        "can": [True, True, True],
        "gpu_ids": [0, 1],
        "cpu_ids": [0],
        "energy": [0, 1],
        "power": [0, 1],
        "power_limit": {"0": 175_000},
        "constraints": {"1": [100_000, 300_000]},
        "cpu_energy": [[True, False]],
        "cpu_power": [0],
        "time": True,
        "streamed": [0, 1],
    }
    assert daemon.power_limits == [175_000, 300_000]
    client.kill()
    client.wait()
    deadline = time.monotonic() + 20
    while daemon.power_limits != [300_000, 300_000]:
        assert time.monotonic() < deadline, daemon.power_limits
        time.sleep(0.01)
