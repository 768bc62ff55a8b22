# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Optimizers that are there when Python ends put their GPUs' limits back."""

from __future__ import annotations

import atexit
import weakref
from typing import Protocol


class Closing(Protocol):
    """What is closed when Python ends."""

    def _close_at_exit(self) -> None: ...


_alive: weakref.WeakSet[Closing] = weakref.WeakSet()


def close_at_exit(optimizer: Closing) -> None:
    """Close it when Python ends, unless it is gone by then."""
    _alive.add(optimizer)


@atexit.register
def _close_all() -> None:
    interruption: BaseException | None = None
    for optimizer in list(_alive):
        try:
            optimizer._close_at_exit()
        except BaseException as error:  # noqa: BLE001 (raised once all are closed)
            interruption = interruption or error
    if interruption is not None:
        raise interruption
