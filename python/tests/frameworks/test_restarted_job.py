# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""A job that died in the middle is started again, and what the dead ranks wrote is still there."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch.distributed as dist

WORKER = Path(__file__).parent / "restarted_worker.py"


def torchrun(folder):
    """torchrun's own restart, which keeps one store for both attempts."""
    process = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node=2", "--max-restarts=1", str(WORKER), str(folder), "torchrun"),
        ],
        capture_output=True,
        text=True,
        timeout=240,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert process.returncode == 0, process.stderr


def file_store(folder):
    """A file that is not removed between the attempts."""
    run_twice(folder, f"file:{folder / 'store'}")


def tcp_store(folder):
    """A store that another process, this one, serves to both attempts."""
    store = dist.TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
    run_twice(folder, f"tcp:{store.port}")


def run_twice(folder, store):
    first, second = start(folder, store, "0")
    assert second.wait(120) == -signal.SIGKILL
    first.kill()
    first.wait()
    for process in start(folder, store, "1"):
        assert process.wait(120) == 0


def start(folder, store, attempt):
    usual = {"WORLD_SIZE": "2", "ATTEMPT": attempt}
    return [
        subprocess.Popen(
            [sys.executable, str(WORKER), str(folder), store],
            env=os.environ | usual | {"RANK": rank, "LOCAL_RANK": rank},
        )
        for rank in "01"
    ]


@pytest.mark.parametrize("run", [torchrun, file_store, tcp_store])
def test_a_restarted_job_counts_its_own_figures_only(simulated_gpus, tmp_path, run):
    simulated_gpus(2, virtual_clock=False, step_seconds=0.004)
    run(tmp_path)
    reports = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2)]
    first, second = reports
    assert first["state"].startswith("Done")
    assert (second["state"], second["measurements"]) == (first["state"], first["measurements"])
    assert [limit for limit, _, _ in first["measurements"]] == [250, 175, 100]
    for limit, energy, seconds in first["measurements"]:
        windows = [
            (seconds, energies[str(rank)])
            for rank, report in enumerate(reports)
            for name, seconds, energies in report["windows"]
            if name == f"__GlobalPowerLimitOptimizer_{limit}"
        ]
        assert energy == pytest.approx(sum(energy for _, energy in windows), rel=1e-9)
        assert seconds == pytest.approx(max(seconds for seconds, _ in windows), rel=1e-9)
