# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""One rank of a torchrun job on simulated GPUs: rank_worker.py FOLDER JOBS.

JOBS is a list of keyword arguments for `Job`, in JSON: one training after the other. What each
finds goes to FOLDER/<job>-<rank>.json.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.distributed as dist

from zeus import _zeus
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import (
    Done,
    Energy,
    GlobalPowerLimitOptimizer,
    Profiling,
    Stopped,
)
from zeus.utils import framework

RANK = int(os.environ["RANK"])
LONGEST_WAIT_S = 20


@dataclass
class Job:
    """A training.

    Attributes:
        steps: Steps of each epoch, a list with one number a rank.
        epochs: How many.
        monitors_all: Whether every rank monitors all GPUs, not its own only.
        model: "DDP", "FSDP" or "Accelerate": a model is trained, which keeps ranks in step.
        waits: Whether training goes on after the epochs until the best limit is known.
        killed: The rank that is killed in its fourth profiled step.
        invalid: The rank that is given a parameter out of range.
        late: The rank that constructs when the others have lost patience.
        destroys: Whether the process group is destroyed after the epochs, and ranks with the most
            steps go on a little.
        parameters: Of the optimizer.
    """

    steps: list[int]
    epochs: int = 1
    monitors_all: bool = False
    model: str | None = None
    waits: bool = True
    killed: int | None = None
    invalid: int | None = None
    late: int | None = None
    destroys: bool = False
    parameters: dict = field(default_factory=dict)


class RecordingMonitor(ZeusMonitor):
    """Keeps what its windows found."""

    def __init__(self, gpu_indices):
        super().__init__(gpu_indices=gpu_indices)
        self.windows = []

    def end_window(self, key, *arguments, **options):
        result = super().end_window(key, *arguments, **options)
        if not options.get("cancel"):
            self.windows.append([key, result.time, result.gpu_energy])
        return result


class Model:
    """A linear layer that all ranks train together, by the way of one of the frameworks."""

    def __init__(self, way):
        self.layer = torch.nn.Linear(8, 1)
        self.backward = torch.Tensor.backward
        if way == "DDP":
            self.layer = torch.nn.parallel.DistributedDataParallel(self.layer)
        elif way == "FSDP":
            shard(self.layer)
        self.optimizer = torch.optim.SGD(self.layer.parameters(), lr=0.01)
        if way == "Accelerate":
            accelerator = accelerate()
            self.layer, self.optimizer = accelerator.prepare(self.layer, self.optimizer)
            self.backward = accelerator.backward

    def learn(self):
        self.optimizer.zero_grad()
        self.backward(self.layer(torch.randn(16, 8)).square().mean())
        self.optimizer.step()


# Imported only where they are used, for they take a second a rank.


def shard(layer):
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    fully_shard(layer, mesh=init_device_mesh("cpu", (dist.get_world_size(),)))


def accelerate():
    from accelerate import Accelerator

    return Accelerator(cpu=True)


def construct(job, monitor):
    if job.late == RANK:
        time.sleep(2 * job.parameters["construction_timeout"])
    parameters = {
        "optimum_selector": Energy(),
        "wait_steps": 0,
        "warmup_steps": 1,
        "profile_steps": 4,
        "pl_step": 75,
    } | job.parameters
    if job.invalid == RANK:
        parameters["pl_step"] = 0
    if "profile_path" in parameters:
        # Each rank has a folder of its own: only rank 0's has the file.
        folder = Path(parameters["profile_path"]) / f"rank{RANK}"
        parameters["profile_path"] = folder / "profile.json"
    return GlobalPowerLimitOptimizer(monitor, **parameters)


def train(job, plo, model):
    profiled = 0
    for _ in range(job.epochs):
        plo.on_epoch_begin()
        for _ in range(job.steps[RANK]):
            plo.on_step_begin()
            profiled += isinstance(plo.state, Profiling)
            if job.killed == RANK and profiled == 4:
                os.kill(os.getpid(), signal.SIGKILL)
            step(model)
            plo.on_step_end()
        plo.on_epoch_end()
    if job.destroys:
        dist.destroy_process_group()
        for _ in range(20 if job.steps[RANK] == max(job.steps) else 0):
            plo.on_step_begin()
            step(None)
    patience = time.monotonic() + LONGEST_WAIT_S
    while job.waits and not is_over(plo) and time.monotonic() < patience:
        plo.on_step_begin()
        step(None)


def is_over(plo):
    return isinstance(plo.state, (Done, Stopped))


def step(model):
    _zeus.simulator_step([RANK])
    if model is not None:
        model.learn()


def run(job):
    report = {"reduced": reduced()}
    monitor = RecordingMonitor(None if job.monitors_all else [RANK])
    begin = time.monotonic()
    try:
        plo = construct(job, monitor)
    except (RuntimeError, ValueError) as error:
        return {"error": str(error), "waited": time.monotonic() - begin}
    train(job, plo, Model(job.model) if job.model else None)
    alone = job.destroys or job.killed is not None
    if not alone:
        dist.barrier()  # all have set their limits
    report["state"] = repr(plo.state)
    report["current"] = plo.current_power_limit
    report["measurements"] = [[p.power_limit, p.energy, p.time] for p in plo.measurements]
    report["windows"] = monitor.windows
    report["limits"] = [gpu.power_limit() for gpu in _zeus.Machine().all_gpus()]
    if not alone:
        dist.barrier()  # all have seen the limits: they come back
    plo.close()
    return report


def reduced():
    """What zeus.utils.framework makes of the ranks."""
    assert framework.is_distributed()
    assert (framework.get_rank(), framework.get_world_size()) == (RANK, dist.get_world_size())
    numbers = [RANK, 0.5]
    return [framework.all_reduce(numbers, "sum"), framework.all_reduce(numbers, "max")]


def main(folder, jobs):
    jobs = [Job(**description) for description in json.loads(jobs)]
    if any(job.model == "Accelerate" for job in jobs):
        accelerate()  # which initializes torch.distributed
    else:
        dist.init_process_group("gloo")
    for number, job in enumerate(jobs):
        if job.killed is not None:
            # torchrun ends a job of which a process was killed; these want to see its end.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        report = run(job)
        Path(folder, f"{number}-{RANK}.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
