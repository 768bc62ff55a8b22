# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What is drawn: the measurements of a profile file or of an optimizer."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zeus.optimizer.power_limit import PowerLimitMeasurement

_FORMAT_VERSION = 2
_WHAT_TO_DO = "give the file that an optimizer's profile_path names"


class ProfileError(ValueError):
    """A profile can't be read or drawn; the message says in one line why and what to do."""


@dataclass(frozen=True)
class Profile:
    """What was measured, and on what.

    Attributes:
        measurements: From the highest power limit down.
        gpu_model: None where it isn't known, as in the replaced package's files.
        gpu_count: GPUs of the job.
        steps: Training steps that each measurement spans; None where it isn't known.
    """

    measurements: list[PowerLimitMeasurement]
    gpu_model: str | None = None
    gpu_count: int = 1
    steps: int | None = None


Source = Profile | Sequence[PowerLimitMeasurement] | str | os.PathLike[str]
"""What a sweep is drawn from: a profile, an optimizer's `measurements`, a profile file."""


def _number(point: Any, key: str) -> float:
    value = point[key]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f'"{key}" is not a number')
    if not (value > 0 and math.isfinite(value)):
        raise ValueError(f'"{key}" is not a positive number')
    return value


def _measurements(points: Any) -> list[PowerLimitMeasurement]:
    if not isinstance(points, list):
        raise ValueError('"measurements" is not a list')
    if not points:
        raise ValueError("it has no measurements")
    found = [
        PowerLimitMeasurement(
            power_limit=_number(point, "power_limit"),
            energy=_number(point, "energy"),
            time=_number(point, "time"),
        )
        for point in points
    ]
    return sorted(found, key=lambda point: -point.power_limit)


def _parse(text: str) -> Profile:
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("it is not an object with measurements")
    if content.get("format_version", _FORMAT_VERSION) > _FORMAT_VERSION:
        version = content["format_version"]
        raise ValueError(f"its format_version {version} is newer than this program")
    measurements = _measurements(content["measurements"])
    if "format_version" not in content:
        return Profile(measurements)
    return Profile(
        measurements,
        gpu_model=str(content["gpu_model"]),
        gpu_count=max(1, len(content["gpu_uuids"])),
        steps=int(content["settings"]["profile_steps"]),
    )


def read_profile(path: str | os.PathLike[str]) -> Profile:
    """Reads a profile file, finished or partial, of this package or of the one it replaces.

    Args:
        path: What an optimizer's `profile_path` named.

    Raises:
        ProfileError: It can't be read, or is no profile.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ProfileError(
            f"profile file '{path}' can't be read: {error.strerror}; {_WHAT_TO_DO}"
        ) from error
    except UnicodeDecodeError as error:
        raise ProfileError(f"profile file '{path}' is not text; {_WHAT_TO_DO}") from error
    if not text.strip():
        raise ProfileError(f"profile file '{path}' is empty; {_WHAT_TO_DO}")
    try:
        return _parse(text)
    except KeyError as error:
        reason = f'it has no "{error.args[0]}"'
    except (ValueError, TypeError, RecursionError) as error:
        reason = str(error)
    raise ProfileError(f"profile file '{path}' can't be used: {reason}; {_WHAT_TO_DO}")


def as_profile(source: Source) -> Profile:
    """The profile that a function of this package was given.

    Raises:
        ProfileError: It is a file that can't be used, or there are no measurements.
    """
    if isinstance(source, (str, os.PathLike)):
        return read_profile(source)
    if isinstance(source, Profile):
        return source
    if not source:
        raise ProfileError("there are no measurements to draw: let the optimizer profile first")
    return Profile(sorted(source, key=lambda point: -point.power_limit))
