# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Ranks of torch.distributed agree through the job's key-value store.

The store is the one that init_process_group() met the other ranks in, whatever the backend is. It
was chosen over collectives on a gloo group of our own because of what those do (torch 2.13):

- A process can't exit, nor destroy the group, while an all-gather is pending that some rank never
  joins, and aborting the group doesn't help. Epochs of 51 and 52 steps leave such an all-gather.
- new_group() is itself collective: a rank that doesn't come is a time-out that names nobody, and
  leaves the ranks with groups of different numbers, which breaks the job's own next new_group().
- Its addresses have to be found out first, which fails on many clusters; the store is connected.

What is lost: a rank that is killed is not noticed by those that await its message. They train on,
at their prior limits.

In an exchange each rank writes its message into the next free of as many slots as there are ranks.
The others look now and then whether one slot more is full: a look is one question to the store and
its answer, some 25 us on one machine, and takes at most 1 % of the time. (Should the machine
that keeps the store freeze, a look waits with it.)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from zeus._interruptions import must_pass
from zeus._job_attempt import JobAttempt
from zeus.communicator import Communicator, PendingMessages
from zeus.exception import ZeusCommunicatorError

_SHARE_OF_LOOKING = 0.01
_LONGEST_PAUSE_S = 1.0
_SHORTEST_WAIT_S = 0.001
_LONGEST_WAIT_S = 0.05
_NAMED_RANKS = 8

_COMPLETE = "complete"


class StoreCommunicator(Communicator):
    """Ranks that share a torch.distributed.Store.

    Attributes:
        local_gpu_index: The GPU that this rank trains on; None where it isn't known.
    """

    def __init__(
        self, store: Any, attempt: JobAttempt, *, local_gpu_index: int | None = None
    ) -> None:
        """Connects.

        Args:
            store: A torch.distributed.Store.
            attempt: This rank's, the same for all of its communicators on this store.
            local_gpu_index: As the attribute.
        """
        self.local_gpu_index = local_gpu_index
        self._attempt = attempt
        self._number = attempt.next_number()
        self._gathers = 0
        self._exchanges = 0
        self._failure: ZeusCommunicatorError | None = None
        self._jobs_store = store  # may be what serves the others, and must not go before us
        self._store = _connection_of_our_own(store)

    def rank(self) -> int:
        """This process's rank."""
        return self._attempt.rank

    def world_size(self) -> int:
        """The number of ranks."""
        return self._attempt.world_size

    def gather(self, text: str, timeout_s: float) -> list[str]:
        """Collective: every rank gets every rank's text, in rank order.

        Raises:
            ZeusCommunicatorError: A rank has not called within the time of the first one to lose
                patience, whose word counts for all; or the store can't be reached.
        """
        place = f"{self._number}/gather{self._gathers}"
        self._gathers += 1
        deadline = time.monotonic() + timeout_s
        with self._reaching_the_store():
            self._learn_name(place, deadline, timeout_s)
            name = f"{self._attempt.name}/{place}"
            outcome_key = f"{name}/outcome"
            self._store.set(f"{name}/{self.rank()}", text)
            if self._store.add(f"{name}/count", 1) == self.world_size():
                self._decide(outcome_key, _COMPLETE)
            if not _wait(lambda: self._is_decided(place, outcome_key), deadline):
                self._decide(outcome_key, self._what_is_missing(name, timeout_s))
            outcome = self._store.get(outcome_key).decode()
            if outcome != _COMPLETE:
                self._attempt.leave_word(self._store, place, outcome)
                raise ZeusCommunicatorError(outcome)
            keys = [f"{name}/{rank}" for rank in range(self.world_size())]
            return [value.decode() for value in self._store.multi_get(keys)]

    def _learn_name(self, place: str, deadline: float, timeout_s: float) -> None:
        """Waits until rank 0 has told the name of this attempt."""
        if _wait(lambda: self._is_named_or_over(place), deadline) and self._attempt.name:
            return
        reason = self._attempt.word(self._store, place) or _missed([0], timeout_s)
        self._attempt.leave_word(self._store, place, reason)
        # Should all try again, rank 0 may be at this gather still: it must come along.
        self._attempt.when_named(lambda name: self._decide(f"{name}/{place}/outcome", reason))
        raise ZeusCommunicatorError(reason)

    def _is_named_or_over(self, place: str) -> bool:
        return (
            self._attempt.look_for_name(self._store)
            or self._attempt.word(self._store, place) is not None
        )

    def exchange(self, data: bytes) -> PendingMessages:
        """Starts an exchange: three questions to the store, no waiting.

        Raises:
            ZeusCommunicatorError: The store can't be reached.
        """
        if self._attempt.name is None:
            raise ZeusCommunicatorError("ranks exchange messages only after they have gathered")
        name = f"{self._attempt.name}/{self._number}/exchange{self._exchanges}"
        self._exchanges += 1
        with self._reaching_the_store():
            message = f"{self.rank()} ".encode() + data
            slot = self._store.add(f"{name}/full", 0)  # those before it are full
            while self._store.compare_set(f"{name}/{slot}", "", message) != message:
                slot += 1
            self._store.add(f"{name}/full", 1)
        return _StoredMessages(self, name)

    def messages(self, name: str, begin: int) -> list[bytes]:
        """What stands in the slots of an exchange from this one on, up to the first empty one."""
        with self._reaching_the_store():
            end = self._full_slots(name, begin)
            if end == begin:
                return []
            return list(self._store.multi_get([f"{name}/{slot}" for slot in range(begin, end)]))

    def _full_slots(self, name: str, known: int) -> int:
        """How many slots are full. They fill in order, and so many are known to be."""
        if not self._store.check([f"{name}/{known}"]):
            return known
        least, most = known + 1, self.world_size()
        while least < most:
            middle = (least + most + 1) // 2
            if self._store.check([f"{name}/{middle - 1}"]):
                least = middle
            else:
                most = middle - 1
        return least

    def _is_decided(self, place: str, outcome_key: str) -> bool:
        self._attempt.answer(self._store)
        if self._store.check([outcome_key]):
            return True
        reason = self._attempt.word(self._store, place)
        if reason is not None:
            self._decide(outcome_key, reason)
        return reason is not None

    def _decide(self, outcome_key: str, outcome: str) -> None:
        # The first word counts, so that all ranks see the same.
        self._store.compare_set(outcome_key, "", outcome)

    def _what_is_missing(self, name: str, timeout_s: float) -> str:
        ranks = [
            rank for rank in range(self.world_size()) if not self._store.check([f"{name}/{rank}"])
        ]
        return _missed(ranks, timeout_s) if ranks else _COMPLETE

    @contextmanager
    def _reaching_the_store(self) -> Iterator[None]:
        if self._failure is not None:
            raise self._failure  # torch prints a page each time that a store can't be reached
        try:
            yield
        except ZeusCommunicatorError:
            raise
        except RuntimeError as error:
            if must_pass(error, waits_or_logs=False):
                raise
            line = str(error).partition("\n")[0]
            self._failure = ZeusCommunicatorError(
                "the job's store, which rank 0 or torchrun keeps, can't be reached any more: "
                f"{line}"
            )
            raise self._failure from error


class _StoredMessages:
    """The messages of one exchange, as far as they have arrived."""

    def __init__(self, communicator: StoreCommunicator, name: str) -> None:
        self._communicator = communicator
        self._name = name
        self._messages: list[bytes | None] = [None] * communicator.world_size()
        self._arrived = 0
        self._next_look = 0.0

    def poll(self) -> list[bytes] | None:
        """Every rank's message, in rank order; None while ranks are missing."""
        self._look()
        if self._arrived < len(self._messages):
            return None
        return [message for message in self._messages if message is not None]

    def poll_rank(self, rank: int) -> bytes | None:
        """One rank's message; None where it hasn't arrived."""
        if self._messages[rank] is None:
            self._look()
        return self._messages[rank]

    def _look(self) -> None:
        begin = time.monotonic()
        if self._arrived == len(self._messages) or begin < self._next_look:
            return
        for value in self._communicator.messages(self._name, self._arrived):
            rank, _, message = value.partition(b" ")
            self._messages[int(rank)] = message
            self._arrived += 1
        now = time.monotonic()
        self._next_look = now + min((now - begin) / _SHARE_OF_LOOKING, _LONGEST_PAUSE_S)


def _wait(is_so: Callable[[], bool], deadline: float) -> bool:
    """Waits until it is so; False where it isn't by then."""
    wait_s = _SHORTEST_WAIT_S
    while not is_so():
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            return False
        time.sleep(min(wait_s, left_s))
        wait_s = min(wait_s * 1.5, _LONGEST_WAIT_S)
    return True


def _connection_of_our_own(store: Any) -> Any:
    # Who waits on the job's own connection in another thread would make us wait too. A store of
    # files has none.
    clone = getattr(store, "clone", None)
    return clone() if clone is not None and store.has_extended_api() else store


def _missed(ranks: Sequence[int], timeout_s: float) -> str:
    return (
        f"{_names(ranks)} did not construct the power limit optimizer within {timeout_s:g} s: "
        "every rank of torch.distributed must construct one; see whether it has failed "
        "before, or give construction_timeout more seconds"
    )


def _names(ranks: Sequence[int]) -> str:
    if len(ranks) == 1:
        return f"rank {ranks[0]}"
    named = [str(rank) for rank in ranks[:_NAMED_RANKS]]
    rest = len(ranks) - len(named)
    last = f"{rest} more" if rest else named.pop()
    return f"ranks {', '.join(named)} and {last}"
