# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""How the ranks of one training job agree."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol


class PendingTotals(Protocol):
    """An all-reduce under way."""

    def poll(self) -> tuple[float, float] | None:
        """(sum of the energies in J, maximum of the times in s); None while ranks are missing.

        Never blocks: it is asked at every step.

        Raises:
            RuntimeError: It can never complete.
        """


class Communicator(ABC):
    """Two operations, and no more: one at construction, one asynchronous a probed limit.

    Where an object has an attribute `local_gpu_index`, it is the GPU that this rank trains on.
    """

    @abstractmethod
    def rank(self) -> int:
        """This process's rank."""

    @abstractmethod
    def world_size(self) -> int:
        """The number of ranks."""

    @abstractmethod
    def all_gather(self, text: str, timeout_s: float) -> list[str]:
        """Collective: every rank gets every rank's text, in rank order.

        Raises:
            RuntimeError: A rank has not called within the time; the message, the same on all
                ranks, names it.
        """

    @abstractmethod
    def all_reduce(self, energy_j: float, time_s: float) -> PendingTotals:
        """Starts an all-reduce (energy: sum, time: max) and returns at once.

        The n-th call of a rank pairs with the n-th call of every other. The time may be infinite.
        """
