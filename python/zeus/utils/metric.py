# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The cost that trades energy against time, and figures from a file of power samples."""

from __future__ import annotations

import csv
import os
from datetime import datetime

from zeus import _zeus


def zeus_cost(energy: float, time: float, eta_knob: float, max_power: float) -> float:
    """eta_knob * energy + (1 - eta_knob) * max_power * time, in J.

    Args:
        energy: In J.
        time: In s.
        eta_knob: From 0 (only time counts) to 1 (only energy counts); not checked.
        max_power: The GPUs' highest power limit, in W.
    """
    return _zeus.zeus_cost(energy, time, eta_knob, max_power)


def _samples(logfile: str | os.PathLike[str]) -> list[tuple[float, float]]:
    """(Unix time in s, power in W) of a CSV file with the columns Time and Power (mW).

    The last line is left out: a process that was ended may have written half of it.
    """
    with open(logfile, newline="") as file:  # noqa: PTH123 (any kind of path)
        rows = list(csv.DictReader(file))[:-1]
    return [
        (datetime.fromisoformat(row["Time"].strip()).timestamp(), float(row["Power"]) / 1000.0)
        for row in rows
    ]


def _area(samples: list[tuple[float, float]]) -> float:
    if len(samples) < 2:
        raise ValueError(f"at least 2 power samples are needed, got {len(samples)}")
    return sum(
        (later - earlier) * (power + next_power) / 2
        for (earlier, power), (later, next_power) in zip(samples, samples[1:], strict=False)
    )


def energy(
    logfile: str | os.PathLike[str], start: float | None = None, end: float | None = None
) -> float:
    """The energy in J that a file of power samples comes to.

    Args:
        logfile: CSV with the columns Time (ISO 8601) and Power (mW).
        start: Count from here on: in s after the first sample or, negative, before the last.
        end: Count up to here; likewise.

    Raises:
        ValueError: Fewer than two samples are left.
    """
    samples = _samples(logfile)
    if samples:
        first, last = samples[0][0], samples[-1][0]
        if start is not None:
            begin = start + (first if start >= 0.0 else last)
            samples = [sample for sample in samples if sample[0] >= begin]
        if end is not None:
            stop = end + (first if end >= 0.0 else last)
            samples = [sample for sample in samples if sample[0] <= stop]
    return _area(samples)


def avg_power(
    logfile: str | os.PathLike[str], start: float | None = None, end: float | None = None
) -> float:
    """The mean power in W that a file of power samples comes to.

    Args:
        logfile: CSV with the columns Time (ISO 8601) and Power (mW).
        start: Count from here on, in s after the first sample.
        end: Count up to here, in s after the first sample that counts.

    Raises:
        ValueError: Fewer than two samples are left.
    """
    samples = _samples(logfile)
    if start is not None and samples:
        begin = samples[0][0] + start
        samples = [sample for sample in samples if sample[0] >= begin]
    if end is not None and samples:
        stop = samples[0][0] + end
        samples = [sample for sample in samples if sample[0] <= stop]
    area = _area(samples)
    return area / (samples[-1][0] - samples[0][0])
