# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Which of a job's processes this one is, for the names of files."""

from __future__ import annotations

import os
import sys

_RANK = "{rank}"
# Of torchrun, Open MPI, other MPIs, Slurm.
_VARIABLES = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID")


def rank() -> int:
    """This process's rank: torch.distributed's, else the launcher's, else 0."""
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return int(distributed.get_rank())
    for variable in _VARIABLES:
        value = os.environ.get(variable, "")
        if value.isdecimal():
            return int(value)
    return 0


def with_rank(path: str) -> str:
    """The path with this process's rank in place of each "{rank}"."""
    return path.replace(_RANK, str(rank())) if _RANK in path else path
