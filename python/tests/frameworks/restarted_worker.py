# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""One of two ranks of a job that dies once and is started again on the same store.

restarted_worker.py FOLDER STORE: STORE is "torchrun", "file:<path>" or "tcp:<port>". The first
attempt ends in the middle of the sweep; what a rank of the second finds goes to FOLDER/<rank>.json.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import rank_worker
import torch.distributed as dist
import torch.testing._internal.distributed.fake_pg  # noqa: F401  (the backend "fake")

from zeus.optimizer.power_limit import Done, Energy, GlobalPowerLimitOptimizer

RANK = rank_worker.RANK
IS_FIRST = os.environ.get("TORCHELASTIC_RESTART_COUNT", os.environ.get("ATTEMPT")) == "0"


def store_of(where: str) -> dist.Store:
    kind, _, place = where.partition(":")
    if kind == "file":
        return dist.FileStore(place)
    if kind == "tcp":
        return dist.TCPStore("localhost", int(place))
    store, _, _ = next(dist.rendezvous("env://"))
    return store


def die_in_the_middle(folder: Path, plo: GlobalPowerLimitOptimizer) -> None:
    """Rank 1 dies once both have some limits behind them; rank 0 trains on until it is killed."""
    others_sign = folder / "far-enough"
    for step in range(100_000):
        plo.on_step_begin()
        rank_worker.step(None)
        if RANK == 0 and step == 40:
            others_sign.touch()
        if RANK == 1 and step >= 40 and others_sign.exists():
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: str, where: str) -> None:
    # A backend without connections: only the store counts.
    dist.init_process_group("fake", store=store_of(where), rank=RANK, world_size=2)
    monitor = rank_worker.RecordingMonitor([RANK])
    # The killed ranks leave some limit behind.
    plo = GlobalPowerLimitOptimizer(monitor, Energy(), 0, 1, 4, 75, max_power_limit=250)
    if IS_FIRST:
        die_in_the_middle(Path(folder), plo)
    patience = time.monotonic() + rank_worker.LONGEST_WAIT_S
    while not isinstance(plo.state, Done) and time.monotonic() < patience:
        plo.on_step_begin()
        rank_worker.step(None)
    report = {
        "state": repr(plo.state),
        "measurements": [[p.power_limit, p.energy, p.time] for p in plo.measurements],
        "windows": monitor.windows,
    }
    Path(folder, f"{RANK}.json").write_text(json.dumps(report))
    plo.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
