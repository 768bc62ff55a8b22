# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What an optimizer measured, and the states it goes through. Power limits are in mW here."""

from __future__ import annotations

from dataclasses import dataclass

from zeus.optimizer._plain_model import PlainModel


def _require_positive(**values: float) -> None:
    for name, value in values.items():
        if isinstance(value, str) or not value > 0:
            raise ValueError(f"{name} must be positive, got {value!r}")


@dataclass(kw_only=True)
class PowerLimitMeasurement(PlainModel):
    """What one power limit did, over the same number of steps as every other.

    Attributes:
        power_limit: In W.
        energy: Of all GPUs of the job, in J.
        time: Of the slowest rank, in s.
    """

    power_limit: int | float
    energy: float
    time: float

    def __post_init__(self) -> None:
        _require_positive(power_limit=self.power_limit, energy=self.energy, time=self.time)


@dataclass(kw_only=True)
class Ready(PlainModel):
    """Steps pass by before a limit is set: at the `steps`-th step begin from now.

    Attributes:
        next_power_limit: In mW.
        steps: At least 1.
    """

    next_power_limit: int
    steps: int

    def __post_init__(self) -> None:
        _require_positive(next_power_limit=self.next_power_limit, steps=self.steps)


@dataclass(kw_only=True)
class Warmup(PlainModel):
    """A limit is set; measuring begins at the `steps`-th step begin from now.

    Attributes:
        current_power_limit: In mW.
        steps: At least 1.
    """

    current_power_limit: int
    steps: int

    def __post_init__(self) -> None:
        _require_positive(current_power_limit=self.current_power_limit, steps=self.steps)


@dataclass(kw_only=True)
class Profiling(PlainModel):
    """A limit is being measured, for `steps` more steps.

    Attributes:
        current_power_limit: In mW.
        steps: At least 1.
    """

    current_power_limit: int
    steps: int

    def __post_init__(self) -> None:
        _require_positive(current_power_limit=self.current_power_limit, steps=self.steps)


@dataclass(kw_only=True)
class Waiting:
    """A limit is measured here; other ranks' results are still to come.

    If they don't come for as long as a limit takes, the limits that were there before come back
    meanwhile. A job of one process is never seen here.
    """


@dataclass(kw_only=True)
class Done(PlainModel):
    """The best limit is known and set.

    Attributes:
        optimal_power_limit: In mW.
    """

    optimal_power_limit: int

    def __post_init__(self) -> None:
        _require_positive(optimal_power_limit=self.optimal_power_limit)


@dataclass(kw_only=True)
class Stopped:
    """Tuning was ended by a failure; the limits that were there before are back.

    Attributes:
        reason: The failure, in one line.
    """

    reason: str


State = Ready | Warmup | Profiling | Waiting | Done | Stopped


def make_state(name: str, power_limit: int | None, steps: int | None, reason: str) -> State:
    """The state that the C++ library describes so."""
    if name == "Waiting":
        return Waiting()
    if power_limit is None:
        return Stopped(reason=reason)
    if name == "Done":
        return Done(optimal_power_limit=power_limit)
    steps = steps or 0
    if name == "Ready":
        return Ready(next_power_limit=power_limit, steps=steps)
    if name == "Warmup":
        return Warmup(current_power_limit=power_limit, steps=steps)
    return Profiling(current_power_limit=power_limit, steps=steps)
