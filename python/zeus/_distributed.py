# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Ranks of torch.distributed."""

from __future__ import annotations

from zeus.communicator import Communicator


def communicator_if_distributed() -> Communicator | None:
    """The communicator of this job's torch.distributed; None outside it."""
    return None
