# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""How the ranks of one training job agree."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

__all__ = ["Communicator", "PendingMessages"]


class PendingMessages(Protocol):
    """An exchange under way.

    It may also have a method `poll_rank(rank: int) -> bytes | None`: one rank's message as soon
    as it has arrived, whoever else is missing. Then a rank that leaves is heard at once.
    """

    def poll(self) -> Sequence[bytes] | None:
        """Every rank's message, in rank order; None while ranks are missing.

        Never blocks: it is called at every step.

        Raises:
            RuntimeError: It can never complete.
        """


class Communicator(ABC):
    """Every rank gets every rank's message: gather() waits for them, exchange() never does.

    If an object has an attribute `local_gpu_index`, it is the GPU that this rank trains on.
    """

    @abstractmethod
    def rank(self) -> int:
        """This process's rank."""

    @abstractmethod
    def world_size(self) -> int:
        """The number of ranks."""

    @abstractmethod
    def gather(self, text: str, timeout_s: float) -> Sequence[str]:
        """Collective: returns every rank's text, in rank order.

        Raises:
            RuntimeError: A rank has not called within the time; the message, the same on all
                ranks, names it.
        """

    @abstractmethod
    def exchange(self, data: bytes) -> PendingMessages:
        """Sends a small message to every rank and returns at once, whoever else is there.

        The n-th call of a rank pairs with the n-th call of every other; a rank may be any number
        of calls ahead.
        """
