# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Stands for the Hugging Face callback until it is used: its import takes seconds."""

from __future__ import annotations

import functools
import sys
from typing import Any

from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer


def _callback() -> Any:
    from zeus.optimizer._hugging_face import HFGlobalPowerLimitOptimizer

    return HFGlobalPowerLimitOptimizer


class _Later(type):
    """Calls, tests and derived classes are those of the callback's own class."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, namespace, **options)
        real = tuple(_callback() if isinstance(base, _Later) else base for base in bases)
        return type(name, real, namespace, **options)

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        return _callback()(*arguments, **options)

    def __instancecheck__(cls, instance: object) -> bool:
        return cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, other: type) -> bool:
        if other is cls:
            return True
        is_used = "zeus.optimizer._hugging_face" in sys.modules
        return is_used and issubclass(other, _callback())


class HFGlobalPowerLimitOptimizer(metaclass=_Later):
    """A `transformers.TrainerCallback` around a `GlobalPowerLimitOptimizer`.

    Using it imports transformers.
    """

    @functools.wraps(GlobalPowerLimitOptimizer.__init__)  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        raise NotImplementedError  # an instance is one of the callback's own class
