# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Ranks of torch.distributed agree through the job's key-value store.

The store is the one that init_process_group() met the other ranks in, whatever the backend is. It
was chosen over collectives on a gloo group of our own because of what those do (torch 2.13):

- A process can't exit, nor destroy the group, while an all-reduce is pending that some rank never
  joins, and aborting the group doesn't help. Epochs of 51 and 52 steps leave such an all-reduce.
- new_group() is itself collective: a rank that doesn't come is a time-out that names nobody, and
  leaves the ranks with groups of different numbers, which breaks the job's own next new_group().
- Its addresses have to be found out first, which fails on many clusters; the store is connected.

What is lost: a rank that is killed is not noticed by those that await its result. They train on, at
their prior limits.

Each rank writes what it contributes under a name of its own and counts itself in. Who comes last
writes the result, and the others look now and then whether it is there: a look is one question to
the store and its answer, some 25 us on one machine, and takes at most 1 % of the time. (Should
the machine that keeps the store freeze, a look waits with it.)
"""

from __future__ import annotations

import itertools
import logging
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from zeus.communicator import Communicator, PendingTotals
from zeus.exception import ZeusCommunicatorError

logger = logging.getLogger(__name__)

_SHARE_OF_LOOKING = 0.01
_LONGEST_PAUSE_S = 1.0
_SHORTEST_WAIT_S = 0.001
_LONGEST_WAIT_S = 0.05
_NAMED_RANKS = 8

_COMPLETE = "complete"

# The n-th communicator of each rank is that of the n-th optimizer of the job.
_numbers = itertools.count()


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
    return StoreCommunicator(
        store,
        distributed.get_rank(),
        distributed.get_world_size(),
        namespace=f"zeus/{next(_numbers)}",
        local_gpu_index=_number_in_environment("LOCAL_RANK"),
    )


def _number_in_environment(name: str) -> int | None:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else None


def _warn_if_launched_as_one_of_several() -> None:
    processes = _number_in_environment("WORLD_SIZE") or 1
    if processes > 1 and "RANK" in os.environ:
        logger.warning(
            "This process is one of %d (WORLD_SIZE), but torch.distributed is not initialized: its "
            "power limits are optimized as if it were alone. Make the optimizer after "
            "init_process_group(); with Hugging Face after TrainingArguments.",
            processes,
        )


class StoreCommunicator(Communicator):
    """Ranks that share a torch.distributed.Store.

    Attributes:
        local_gpu_index: The GPU that this rank trains on; None where it isn't known.
    """

    def __init__(
        self,
        store: Any,
        rank: int,
        world_size: int,
        *,
        namespace: str,
        local_gpu_index: int | None = None,
    ) -> None:
        """Connects.

        Args:
            store: A torch.distributed.Store.
            rank: This process's.
            world_size: The number of ranks.
            namespace: Begins the name of all that is kept in the store.
            local_gpu_index: As the attribute.
        """
        self.local_gpu_index = local_gpu_index
        self._rank = rank
        self._world_size = world_size
        self._namespace = namespace
        self._gathers = 0
        self._reduces = 0
        self._failure: ZeusCommunicatorError | None = None
        self._jobs_store = store  # may be what serves the others, and must not go before us
        self._store = _connection_of_our_own(store)

    def rank(self) -> int:
        """This process's rank."""
        return self._rank

    def world_size(self) -> int:
        """The number of ranks."""
        return self._world_size

    def all_gather(self, text: str, timeout_s: float) -> list[str]:
        """Collective: every rank gets every rank's text, in rank order.

        Raises:
            ZeusCommunicatorError: A rank has not called within the time of the first one to lose
                patience, whose word counts for all; or the store can't be reached.
        """
        name = f"{self._namespace}/gather{self._gathers}"
        self._gathers += 1
        try:
            return self._gather(name, text, timeout_s)
        except ZeusCommunicatorError:
            raise
        except RuntimeError as error:
            raise _unreachable(error) from error

    def _gather(self, name: str, text: str, timeout_s: float) -> list[str]:
        outcome_key = f"{name}/outcome"
        last = self._contribute(name, text)
        if last:
            self._decide(outcome_key, _COMPLETE)
        deadline = time.monotonic() + timeout_s
        wait_s = _SHORTEST_WAIT_S
        while not self._store.check([outcome_key]):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                self._decide(outcome_key, self._what_is_missing(name, timeout_s))
                break
            time.sleep(min(wait_s, left_s))
            wait_s = min(wait_s * 1.5, _LONGEST_WAIT_S)
        outcome = _text(self._store.get(outcome_key))
        if outcome != _COMPLETE:
            raise ZeusCommunicatorError(outcome)
        return self._contributions(name)

    def all_reduce(self, energy_j: float, time_s: float) -> PendingTotals:
        """Starts an all-reduce (energy: sum, time: max): two questions to the store, no waiting.

        Raises:
            ZeusCommunicatorError: The store can't be reached.
        """
        if self._failure is not None:
            raise self._failure  # torch prints a page each time that a store can't be reached
        name = f"{self._namespace}/reduce{self._reduces}"
        self._reduces += 1
        try:
            if self._contribute(name, _encode(energy_j, time_s)):
                parts = [_decode(text) for text in self._contributions(name)]
                energy = sum(energy for energy, _ in parts)
                self._store.set(
                    f"{name}/outcome", _encode(energy, max(seconds for _, seconds in parts))
                )
        except RuntimeError as error:
            self._failure = _unreachable(error)
            raise self._failure from error
        return _StoredTotals(self._store, f"{name}/outcome")

    def _contribute(self, name: str, text: str) -> bool:
        """Whether all ranks have contributed now."""
        self._store.set(f"{name}/{self._rank}", text)
        return bool(self._store.add(f"{name}/count", 1) == self._world_size)

    def _contributions(self, name: str) -> list[str]:
        keys = [f"{name}/{rank}" for rank in range(self._world_size)]
        return [_text(value) for value in self._store.multi_get(keys)]

    def _decide(self, key: str, outcome: str) -> None:
        # The first word counts, so that all ranks see the same.
        self._store.compare_set(key, "", outcome)

    def _what_is_missing(self, name: str, timeout_s: float) -> str:
        ranks = [
            rank for rank in range(self._world_size) if not self._store.check([f"{name}/{rank}"])
        ]
        if not ranks:
            return _COMPLETE
        return (
            f"{_names(ranks)} did not construct the power limit optimizer within {timeout_s:g} s: "
            "every rank of torch.distributed must construct one; see whether it has failed "
            "before, or give construction_timeout more seconds"
        )


class _StoredTotals:
    """What is in the store once the last rank has contributed."""

    def __init__(self, store: Any, key: str) -> None:
        self._store = store
        self._key = key
        self._next_look = 0.0

    def poll(self) -> tuple[float, float] | None:
        """(sum of the energies in J, maximum of the times in s); None while ranks are missing."""
        begin = time.monotonic()
        if begin < self._next_look:
            return None
        try:
            if self._store.check([self._key]):
                return _decode(_text(self._store.get(self._key)))
        except RuntimeError as error:
            raise _unreachable(error) from error
        now = time.monotonic()
        self._next_look = now + min((now - begin) / _SHARE_OF_LOOKING, _LONGEST_PAUSE_S)
        return None


def _connection_of_our_own(store: Any) -> Any:
    # Who waits on the job's own connection in another thread would make us wait too. A store of
    # files has none.
    clone = getattr(store, "clone", None)
    return clone() if clone is not None and store.has_extended_api() else store


def _unreachable(error: RuntimeError) -> ZeusCommunicatorError:
    line = str(error).partition("\n")[0]
    return ZeusCommunicatorError(
        f"the job's store, which rank 0 or torchrun keeps, can't be reached any more: {line}"
    )


def _names(ranks: Sequence[int]) -> str:
    if len(ranks) == 1:
        return f"rank {ranks[0]}"
    named = [str(rank) for rank in ranks[:_NAMED_RANKS]]
    rest = len(ranks) - len(named)
    last = f"{rest} more" if rest else named.pop()
    return f"ranks {', '.join(named)} and {last}"


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _encode(energy_j: float, time_s: float) -> str:
    return f"{energy_j!r} {time_s!r}"  # infinities too


def _decode(text: str) -> tuple[float, float]:
    energy, seconds = text.split()
    return float(energy), float(seconds)
