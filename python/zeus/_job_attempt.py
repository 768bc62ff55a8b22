# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Names in the job's store that no earlier attempt of the job has used.

A store may outlive the processes that write into it. torchrun --max-restarts keeps one store for
all attempts of a job, and so does a FileStore, or a TCPStore that some other process serves. Then
everything that the dead ranks wrote is still there, and a rank that comes early can't tell it from
what its living fellows write. Neither counters nor torchrun's environment help: an attempt may
have died half way through anything, and TORCHELASTIC_RESTART_COUNT doesn't count the restarts
that a node which joins or leaves causes.

So rank 0 makes up a random name, and each other rank asks for it with a random question of its own:

    other rank:  hello/<rank> = <question>, and rings the bell (a counter)
    rank 0:      welcome/<question> = <name>, for each question, whenever the bell has rung
    other rank:  finds welcome/<question>

A dead rank's question may get an answer, which nobody reads; a dead rank 0's answer answers no
living rank's question. Everything else is kept under <name>. Rank 0 answers while it waits for the
others in a gather.

One thing can be wrong in time only: a rank that comes when rank 0 has lost patience and trains on
gets no answer. Where the launcher tells its attempts apart, who gives up a gather leaves word under
the launcher's name for the attempt, and a rank that has no name yet believes it. At worst it
believes that a gather has failed, which harms no figure.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable
from typing import Any

_PREFIX = "zeus"
_BELL = f"{_PREFIX}/bell"


class JobAttempt:
    """One rank's view of this attempt of the job.

    Attributes:
        rank: This process's.
        world_size: The number of ranks.
        name: Begins the name of all that this attempt keeps in the store. None until rank 0 has
            told it.
    """

    def __init__(self, rank: int, world_size: int, launch: str | None = None) -> None:
        """Is the attempt of this process.

        Args:
            rank: As the attribute.
            world_size: As the attribute.
            launch: What the launcher calls this attempt, the same on all ranks. None: it doesn't
                tell.
        """
        self.rank = rank
        self.world_size = world_size
        self.name = f"{_PREFIX}/{secrets.token_hex(16)}" if rank == 0 else None
        self._question = secrets.token_hex(16)
        self._has_asked = False
        self._rings = b""
        self._answered: dict[int, bytes] = {}
        self._when_named: list[Callable[[str], None]] = []
        self._numbers = itertools.count()
        self._launch = launch

    def next_number(self) -> int:
        """Counts the communicators: the n-th of each rank belong together."""
        return next(self._numbers)

    def when_named(self, action: Callable[[str], None]) -> None:
        """Calls the action with the name as soon as rank 0 has told it."""
        self._when_named.append(action)

    def look_for_name(self, store: Any) -> bool:
        """Asks rank 0 for the name; whether it has answered. Never blocks."""
        if self.name is not None:
            return True
        if not self._has_asked:
            store.set(f"{_PREFIX}/hello/{self.rank}", self._question)
            store.add(_BELL, 1)
            self._has_asked = True
        answer = f"{_PREFIX}/welcome/{self._question}"
        if not store.check([answer]):
            return False
        self.name = store.get(answer).decode()
        for action in self._when_named:
            action(self.name)
        self._when_named.clear()
        return True

    def answer(self, store: Any) -> None:
        """Rank 0 tells the name to all who have asked since the last time. Never blocks."""
        if self.rank != 0:
            return
        if not self._rings:
            store.add(_BELL, 1)  # what is there can be read without waiting
        rings = store.get(_BELL)
        if rings == self._rings:
            return
        self._rings = rings
        for rank in range(1, self.world_size):
            key = f"{_PREFIX}/hello/{rank}"
            if not store.check([key]):
                continue
            question = store.get(key)
            if question != self._answered.get(rank):
                store.set(f"{_PREFIX}/welcome/{question.decode()}", self.name)
                self._answered[rank] = question

    def leave_word(self, store: Any, gather: str, reason: str) -> None:
        """Says why this gather has failed, for those who come when nobody answers any more."""
        if self._launch is not None:
            store.compare_set(self._word(gather), "", reason)

    def word(self, store: Any, gather: str) -> str | None:
        """Why this gather has failed, if somebody has left word. Never blocks."""
        if self._launch is None or not store.check([self._word(gather)]):
            return None
        reason: str = store.get(self._word(gather)).decode()
        return reason

    def _word(self, gather: str) -> str:
        return f"{_PREFIX}/failed/{self._launch}/{gather}"
