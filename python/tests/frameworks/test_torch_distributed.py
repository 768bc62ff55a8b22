# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Ranks of torch.distributed, each a process that the real torchrun starts, in real time."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

WORKER = Path(__file__).parent / "rank_worker.py"

PRIOR = 250_000
LIMITS = [250, 175, 100]  # in W; those of a V100 in steps of 75 W


class Ranks:
    """What the ranks of one torchrun reported."""

    def __init__(self, process, folder, ranks):
        self.process = process
        self.output = process.stdout + process.stderr
        self._folder = folder
        self._ranks = ranks

    def reports(self, job=0, ranks=None):
        """The reports of these ranks (None: of all) about a job, by its number."""
        files = [self._folder / f"{job}-{rank}.json" for rank in ranks or range(self._ranks)]
        missing = [file.name for file in files if not file.exists()]
        assert not missing, f"no report {missing}:\n{self.output}"
        return [json.loads(file.read_text()) for file in files]


@pytest.fixture
def train(simulated_gpus, run_ranks, tmp_path):
    """Runs trainings one after the other: train(ranks, *jobs, box={...}) -> (box, Ranks)."""

    def run(ranks, *jobs, box=None):
        machine = simulated_gpus(ranks, virtual_clock=False, step_seconds=0.004, **(box or {}))
        process = run_ranks(ranks, WORKER, str(tmp_path), json.dumps(jobs))
        return machine, Ranks(process, tmp_path, ranks)

    return run


def assert_they_agree(reports):
    """All found the same, set it on every GPU, and counted the energy of each GPU once."""
    first = reports[0]
    assert first["state"].startswith("Done"), first["state"]
    for report in reports:
        assert report["state"] == first["state"]
        assert report["measurements"] == first["measurements"]
        assert report["limits"] == [report["current"]] * len(reports)
    assert [point[0] for point in first["measurements"]] == LIMITS
    for limit, energy, seconds in first["measurements"]:
        energies, times = owned(reports, limit)
        assert energy == pytest.approx(sum(energies), rel=1e-9)
        assert seconds == pytest.approx(max(times), rel=1e-9)


def owned(reports, limit):
    """Energy and time of each rank's own GPU in its windows of a limit."""
    energies, times = [], []
    for rank, report in enumerate(reports):
        mine = [w for w in report["windows"] if w[0] == f"__GlobalPowerLimitOptimizer_{limit}"]
        energies.append(sum(gpu_energy[str(rank)] for _, _, gpu_energy in mine))
        times.append(sum(seconds for _, seconds, _ in mine))
    return energies, times


@pytest.mark.parametrize(("ranks", "model"), [(2, "DDP"), (4, "FSDP")])
def test_ranks_find_one_limit_whether_they_monitor_their_own_gpu_or_all(
    train, tmp_path, ranks, model
):
    equal = {"steps": [6] * ranks, "epochs": 4}
    unequal = {"steps": [51] * (ranks - 1) + [52], "epochs": 2}
    unequal["parameters"] = {"warmup_steps": 5, "profile_steps": 20}
    (tmp_path / "rank0").mkdir()  # and none for the others
    profile = {"profile_path": str(tmp_path)}
    jobs = [
        equal | {"model": model, "parameters": profile},
        equal | {"monitors_all": True},
        unequal,
        unequal | {"monitors_all": True},
        # Only rank 0 has the profile, and all know it.
        equal | {"epochs": 1, "monitors_all": True, "parameters": profile},
    ]
    box, result = train(ranks, *jobs)
    assert result.process.returncode == 0, result.output
    for job in range(4):
        assert_they_agree(result.reports(job))
    measured = result.reports(0)[0]
    assert measured["reduced"] == [[sum(range(ranks)), 0.5 * ranks], [ranks - 1, 0.5]]
    written = [file.parent.name for file in tmp_path.glob("*/profile.json*")]
    assert written == ["rank0"]
    for report in result.reports(4):
        assert report["state"] == measured["state"]
        assert report["windows"] == []
        assert [p[0] for p in report["measurements"]] == [p[0] for p in measured["measurements"]]
    assert box.power_limits == [PRIOR] * ranks


def test_ranks_take_the_same_decisions_in_an_adaptive_search(train):
    adaptive = {"search": "adaptive", "wanted_error": 0.02}
    job = {"steps": [51, 51, 52, 52], "epochs": 2, "model": "DDP", "parameters": adaptive}
    box, result = train(4, {**job, "steps": [50] * 4}, {**job, "model": None})
    assert result.process.returncode == 0, result.output
    for number in range(2):
        reports = result.reports(number)
        first = reports[0]
        for report in reports:
            assert report["state"] == first["state"]
            assert report["measurements"] == first["measurements"]
            assert report["limits"] == [report["current"]] * 4
        assert first["state"].startswith("Done"), first["state"]
        assert 2 <= len(first["measurements"]) <= 8
    assert box.power_limits == [PRIOR] * 4


def test_a_rank_that_never_finishes_the_last_limit_holds_nobody_back(train):
    # 52 steps and the next one's start finish the third limit at the earliest. On a busy machine
    # ranks wait longer for each other between limits, and this one gets less far.
    job = {
        "steps": [51, 300],
        "waits": False,
        "parameters": {"wait_steps": 1, "warmup_steps": 3, "profile_steps": 14},
    }
    box, result = train(2, job, job | {"monitors_all": True, "destroys": True})
    assert result.process.returncode == 0, result.output
    for number in (0, 1):
        behind, ahead = result.reports(number)
        assert behind["state"].startswith(("Warmup", "Profiling", "Waiting"))
        assert ahead["state"] == "Waiting()"
        assert ahead["current"] == PRIOR
    assert box.power_limits == [PRIOR, PRIOR]


@pytest.mark.parametrize(("ranks", "monitors_all"), [(2, True), (4, False)])
def test_a_killed_rank_leaves_the_others_at_their_prior_limits(train, ranks, monitors_all):
    killed = 1
    job = {
        "steps": [40] * ranks,
        "killed": killed,
        "waits": False,
        "monitors_all": monitors_all,
    }
    box, result = train(ranks, job)
    alive = [rank for rank in range(ranks) if rank != killed]
    for report in result.reports(0, alive):
        assert report["state"] == "Waiting()"
        assert report["current"] == PRIOR
    assert [box.power_limits[rank] for rank in alive] == [PRIOR] * len(alive)


def test_without_torchrun_the_death_of_rank_0_takes_the_store_along_and_no_other_rank(
    simulated_gpus, tmp_path
):
    box = simulated_gpus(2, virtual_clock=False, step_seconds=0.004)
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    job = json.dumps([{"steps": [40, 40], "killed": 0, "waits": False}])
    usual = {"WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    ranks = [
        subprocess.Popen(
            [sys.executable, str(WORKER), str(tmp_path), job],
            env=os.environ | usual | {"RANK": rank, "LOCAL_RANK": rank},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in "01"
    ]
    outputs = [process.communicate(timeout=240)[1] for process in ranks]
    assert [process.returncode for process in ranks] == [-signal.SIGKILL, 0], outputs
    report = json.loads((tmp_path / "0-1.json").read_text())
    assert report["state"].startswith("Stopped")
    assert "the job's store" in report["state"]
    assert box.power_limits[1] == PRIOR


def test_where_a_killed_rank_breaks_the_training_of_the_others_their_limits_come_back(train):
    box, result = train(2, {"steps": [200] * 2, "killed": 1, "model": "DDP"})
    assert result.process.returncode != 0
    assert "Connection" in result.output
    assert box.power_limits[0] == PRIOR


@pytest.mark.parametrize(("ranks", "monitors_all"), [(2, False), (4, True)])
def test_one_rank_without_permission_fails_all_with_the_same_error(train, ranks, monitors_all):
    gpus = [{"model": "V100", "writable": index != 1} for index in range(ranks)]
    job = {"steps": [5] * ranks, "monitors_all": monitors_all}
    box, result = train(ranks, job, box={"scenario": {"gpus": gpus}})
    errors = {report["error"] for report in result.reports()}
    assert len(errors) == 1, errors
    [error] = errors
    assert "rank 1" in error  # the owner of that GPU, the only one who writes to it
    assert "SYS_ADMIN" in error
    assert box.power_limits == [PRIOR] * ranks


def test_a_rank_that_does_not_construct_is_named_and_may_try_again_with_the_others(train):
    late = {"steps": [5] * 4, "late": 2, "parameters": {"construction_timeout": 1}}
    box, result = train(4, late, {"steps": [6] * 4, "epochs": 4, "model": "Accelerate"})
    assert result.process.returncode == 0, result.output
    errors = {report["error"] for report in result.reports(0)}
    assert len(errors) == 1, errors
    assert "rank 2 did not construct" in errors.pop()
    assert_they_agree(result.reports(1))
    assert box.power_limits == [PRIOR] * 4


def test_a_rank_with_a_bad_parameter_tells_the_others_at_once_and_all_may_try_again(train):
    box, result = train(4, {"steps": [5] * 4, "invalid": 2}, {"steps": [6] * 4, "epochs": 4})
    assert result.process.returncode == 0, result.output
    reports = result.reports(0)
    invalid = reports.pop(2)
    assert invalid["error"] == "pl_step must be positive, got 0"
    assert {report["error"] for report in reports} == {f"rank 2: {invalid['error']}"}
    assert max(report["waited"] for report in reports) < 30  # not until the time is over: 60 s
    assert_they_agree(result.reports(1))
    assert box.power_limits == [PRIOR] * 4
