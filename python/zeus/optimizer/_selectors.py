# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What "best" means: selectors pick one power limit among the measured ones."""

from __future__ import annotations

from abc import ABC, abstractmethod

from zeus import _zeus
from zeus.optimizer._states import PowerLimitMeasurement

Point = tuple[float, float, float]
"""Power limit in W, energy in J, time in s."""


def whole_if_whole(watts: float) -> int | float:
    """The number as an int where it is one: 250, not 250.0."""
    return int(watts) if float(watts).is_integer() else watts


class OptimumSelector(ABC):
    """Picks the best power limit. Derive from it for a measure of your own."""

    @abstractmethod
    def select(self, measurements: list[PowerLimitMeasurement]) -> int | float:
        """The power limit in W that is best.

        Args:
            measurements: One a power limit, from the highest limit down. Not empty.
        """


class _NativeSelector(OptimumSelector):
    """One of the C++ library's selectors."""

    @abstractmethod
    def _native(self) -> _zeus.OptimumSelector:
        """The C++ selector with this one's parameters."""

    def select(self, measurements: list[PowerLimitMeasurement]) -> int | float:
        """The power limit in W that is best.

        Raises:
            ValueError: There are no measurements.
        """
        points = [(point.power_limit, point.energy, point.time) for point in measurements]
        return whole_if_whole(self._native().select(points))


def native_of(selector: OptimumSelector) -> _zeus.OptimumSelector | None:
    """The C++ selector that picks as this one does; None where the program has its own."""
    if isinstance(selector, _NativeSelector) and type(selector).select is _NativeSelector.select:
        return selector._native()
    return None


class Energy(_NativeSelector):
    """Picks the limit of least energy."""

    def _native(self) -> _zeus.OptimumSelector:
        return _zeus.Energy()


class Time(_NativeSelector):
    """Picks the limit of least time: with noise not always the highest."""

    def _native(self) -> _zeus.OptimumSelector:
        return _zeus.Time()


class ZeusCost(_NativeSelector):
    """Picks the limit of least cost: eta * energy + (1 - eta) * max_power * time.

    `max_power` is the highest measured limit times the number of GPUs.

    Attributes:
        eta_knob: As given.
        world_size: As given.
    """

    def __init__(self, eta_knob: float, world_size: int = 1) -> None:
        """Sets what counts how much.

        Args:
            eta_knob: From 0 (only time counts) to 1 (only energy counts).
            world_size: The number of GPUs of the job.

        Raises:
            ValueError: `eta_knob` is not within 0 and 1, or `world_size` is below 1.
        """
        _zeus.ZeusCost(eta_knob, world_size)
        self.eta_knob = eta_knob
        self.world_size = world_size

    def _native(self) -> _zeus.OptimumSelector:
        return _zeus.ZeusCost(self.eta_knob, self.world_size)


class MaxSlowdownConstraint(_NativeSelector):
    """Picks the lowest limit that is at most `factor` times slower than the highest one.

    Attributes:
        factor: As given.
    """

    def __init__(self, factor: float) -> None:
        """Sets the slowdown that is allowed.

        Args:
            factor: At least 1.0.

        Raises:
            ValueError: `factor` is below 1.
        """
        _zeus.MaxSlowdownConstraint(factor)
        self.factor = factor

    def _native(self) -> _zeus.OptimumSelector:
        return _zeus.MaxSlowdownConstraint(self.factor)


class LeastEnergyWithinSlowdown(_NativeSelector):
    """Picks the limit of least energy among those at most `factor` times slower than the highest.

    Attributes:
        factor: As given.
    """

    def __init__(self, factor: float) -> None:
        """Sets the slowdown that is allowed.

        Args:
            factor: At least 1.0.

        Raises:
            ValueError: `factor` is below 1.
        """
        _zeus.LeastEnergyWithinSlowdown(factor)
        self.factor = factor

    def _native(self) -> _zeus.OptimumSelector:
        return _zeus.LeastEnergyWithinSlowdown(self.factor)
