# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""One rank of a job that is killed: killed_worker.py FOLDER STEPS, started by torchrun.

It trains for that many steps. FOLDER/<rank>.json says which process it is and what limit it found,
once it has set another one, or at its end.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import rank_worker
import torch.distributed as dist
import torch.testing._internal.distributed.fake_pg  # noqa: F401  (the backend "fake")

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer


def main(folder: str, steps: str) -> None:
    store, rank, world_size = next(dist.rendezvous("env://"))
    # A backend without connections: only the store counts.
    dist.init_process_group("fake", store=store, rank=rank, world_size=world_size)
    plo = GlobalPowerLimitOptimizer(
        ZeusMonitor([rank]), warmup_steps=1, profile_steps=4, wait_steps=0, guard="require"
    )
    found = plo.report().prior_power_limit
    report = Path(folder, f"{rank}.json")

    def tell() -> None:
        part = report.with_suffix(".part")
        part.write_text(json.dumps([os.getpid(), found]))
        part.rename(report)

    for _ in range(int(steps)):
        plo.on_step_begin()
        rank_worker.step(None)
        if plo.current_power_limit < found and not report.exists():
            tell()
    tell()
    plo.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
