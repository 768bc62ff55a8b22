# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Finds out whether this process is one of several of torch.distributed."""

from __future__ import annotations

import logging
import os
import sys
import weakref
from typing import Any

from zeus._job_attempt import JobAttempt
from zeus._log import warn
from zeus._store_communicator import StoreCommunicator
from zeus.communicator import Communicator
from zeus.exception import ZeusCommunicatorError

logger = logging.getLogger(__name__)

# By the job's store: one of torch.distributed that is initialized anew has another.
_attempts: weakref.WeakKeyDictionary[Any, JobAttempt] = weakref.WeakKeyDictionary()


def communicator_if_distributed() -> Communicator | None:
    """The communicator of this job's torch.distributed; None outside it and for a single rank."""
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is None or not distributed.is_available():
        return None
    if not distributed.is_initialized():
        _warn_if_launched_as_one_of_several()
        return None
    if distributed.get_world_size() < 2:
        return None
    store = distributed.distributed_c10d._get_default_store()
    if store is None:
        raise ZeusCommunicatorError(
            f"the backend {distributed.get_backend()} of torch.distributed has no store for ranks "
            "to agree through: use gloo or nccl, or give a communicator"
        )
    if store not in _attempts:
        _attempts[store] = JobAttempt(
            distributed.get_rank(), distributed.get_world_size(), _attempt_of_the_launcher()
        )
    return StoreCommunicator(
        store, _attempts[store], local_gpu_index=_number_in_environment("LOCAL_RANK")
    )


def _attempt_of_the_launcher() -> str | None:
    """What torchrun calls this attempt of the job; None where it was started otherwise."""
    names = ("TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT", "WORLD_SIZE")
    values = [os.environ.get(name) for name in names]
    return None if None in values else "/".join(map(str, values))


def _number_in_environment(name: str) -> int | None:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else None


def _warn_if_launched_as_one_of_several() -> None:
    processes = _number_in_environment("WORLD_SIZE") or 1
    if processes > 1 and "RANK" in os.environ:
        warn(
            logger,
            "This process is one of %d (WORLD_SIZE), but torch.distributed is not initialized: its "
            "power limits are optimized as if it were alone. Make the optimizer after "
            "init_process_group(); with Hugging Face after TrainingArguments.",
            processes,
        )
