# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What an optimizer's construction has to do with the job's other ranks."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator

from zeus import _zeus
from zeus._interruptions import must_pass
from zeus.communicator import Communicator

logger = logging.getLogger("zeus.optimizer.power_limit")


@contextlib.contextmanager
def telling_the_others(communicator: Communicator | None, timeout_s: float) -> Iterator[None]:
    """Reports an exception to the other ranks, which would wait for this one in vain.

    It is this rank's part in what ranks do together at construction, so that all are in step when
    they try again.
    """
    try:
        yield
    except Exception as error:
        if communicator is not None and communicator.world_size() > 1:
            is_usable = isinstance(timeout_s, (int, float)) and timeout_s > 0
            try:
                _zeus.tell_failed_construction(
                    communicator, str(error), timeout_s if is_usable else 60.0
                )
            except Exception as silence:
                if must_pass(silence, waits_or_logs=False):
                    raise
                logger.debug("The other ranks could not be told: %s", silence)
        raise


def communicator_of_the_job() -> Communicator | None:
    """How this job's ranks agree; None where it is one process."""
    if "torch" not in sys.modules:
        return None
    from zeus._distributed import communicator_if_distributed

    return communicator_if_distributed()
