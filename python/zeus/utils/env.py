# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Environment variables with a type."""

from __future__ import annotations

import os
from typing import TypeVar, cast

T = TypeVar("T")


def get_env(name: str, valtype: type[T], default: T | None = None) -> T:
    """An environment variable as a value of `valtype`.

    Args:
        name: The variable.
        valtype: Its type. For bool "true" and "false" are understood, in any case.
        default: What to return where the variable isn't set.

    Raises:
        ValueError: It isn't set and there is no default, or it can't be converted.
    """
    text = os.environ.get(name)
    if text is None:
        if default is None:
            raise ValueError(f"the environment variable {name} is not set")
        return default
    if valtype is bool:
        truth = {"true": True, "false": False}.get(text.lower())
        if truth is None:
            raise ValueError(f"the environment variable {name} is neither true nor false: {text!r}")
        return cast(T, truth)
    return valtype(text)  # type: ignore[call-arg]
