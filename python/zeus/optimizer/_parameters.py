# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What an optimizer's parameters mean to the C++ library."""

from __future__ import annotations

import operator
from collections.abc import Callable

from zeus import _machine, _zeus
from zeus.communicator import Communicator
from zeus.optimizer._selectors import OptimumSelector, Point, native_of, whole_if_whole
from zeus.optimizer._states import PowerLimitMeasurement

_MOST_STEPS = 2**31 - 1

NO_RIGHTS = (
    "Setting GPU power limits needs root or the SYS_ADMIN capability: run as root, or give a "
    "container --cap-add SYS_ADMIN. The driver said: {}"
)


def whole_steps(name: str, value: int, least: int) -> int:
    """A number of steps.

    Raises:
        TypeError: It is no integer.
        ValueError: It is out of range.
    """
    try:
        steps = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}") from None
    if steps < least:
        raise ValueError(f"{name} must be at least {least}, got {steps}")
    if steps > _MOST_STEPS:
        raise ValueError(f"{name} must be at most {_MOST_STEPS}, got {steps}")
    return steps


def watts(name: str, value: float) -> float:
    """A power.

    Raises:
        TypeError: It is no number.
    """
    try:
        return float(value) if not isinstance(value, str) else operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a number of watts, not {type(value).__name__}") from None


def positive_watts(name: str, value: float) -> float:
    """A power above 0.

    Raises:
        TypeError: It is no number.
        ValueError: It is not above 0.
    """
    power = watts(name, value)
    if not power > 0:
        raise ValueError(f"{name} must be positive, got {value}")
    return power


def local_gpu_index_of(index: int | None, communicator: Communicator | None) -> int | None:
    """The index of this rank's own GPU: as given, else as its communicator knows it."""
    if index is None:
        index = getattr(communicator, "local_gpu_index", None)
    return None if index is None else operator.index(index)


def host_power_of(value: float | str) -> tuple[float, _zeus.Machine | None]:
    """What the host draws per GPU in W, and the machine that it is measured on instead.

    Raises:
        TypeError: It is no number.
        ValueError: It is another word than "rapl".
    """
    if value == "rapl":
        return 0.0, _machine.machine()
    if isinstance(value, str):
        raise ValueError(f"host_power must be a number of watts or 'rapl', got {value!r}")
    return watts("host_power", value), None


_WORDS = {
    "guard": ("auto", "require"),
    "when_busy": ("refuse", "wait", "measure_only"),
    "search": ("sweep", "adaptive"),
}


def require_known_words(**parameters: object) -> None:
    """Checks the parameters that are one of a few words.

    Raises:
        ValueError: One isn't.
    """
    for name, value in parameters.items():
        if value not in _WORDS[name]:
            wanted = " or ".join(repr(word) for word in _WORDS[name])
            raise ValueError(f"{name} must be {wanted}, got {value!r}")


def selection_of(
    selector: OptimumSelector | None, search: str
) -> Callable[[list[Point]], float] | _zeus.OptimumSelector | None:
    """What the C++ library selects with; None for its default.

    An adaptive search has to know what a selector wants, not only what it picks: it gets the
    selectors of this package as those of the C++ library.

    Raises:
        TypeError: It is no selector.
    """
    if selector is None:
        return None
    if not callable(getattr(selector, "select", None)):
        kind = type(selector).__name__
        raise TypeError(f"optimum_selector must be an OptimumSelector, not {kind}")

    if search == "adaptive" and (native := native_of(selector)) is not None:
        return native

    def select(points: list[Point]) -> float:
        return selector.select(
            [
                PowerLimitMeasurement(power_limit=whole_if_whole(limit), energy=energy, time=time)
                for limit, energy, time in points
            ]
        )

    return select
