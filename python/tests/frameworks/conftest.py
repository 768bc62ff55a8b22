# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Runs programs under torchrun. The frameworks are real; the GPUs are simulated."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch  # noqa: F401  (where it is missing all these tests fail, and are not skipped)

RunRanks = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_ranks() -> RunRanks:
    """Runs a program with torchrun: run_ranks(ranks, script, *arguments)."""

    def run(ranks: int, script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
                *("--nproc-per-node", str(ranks), str(script), *arguments),
            ],
            capture_output=True,
            text=True,
            timeout=240,
            env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        )

    return run
