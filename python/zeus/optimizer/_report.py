# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""How far a search is, and what it found. Power limits are in mW here."""

from __future__ import annotations

from dataclasses import dataclass

Probe = tuple[int, float, float, float, float, int]
"""Power limit in mW, energy in J, time in s, their errors, steps."""


@dataclass(frozen=True, kw_only=True)
class TuningProgress:
    """How far the search is.

    Attributes:
        probes_done: Limits measured so far.
        probes_expected: Limits that the search measures in all, as far as is known now.
        steps_left: Step begins until the search is over, as far as is known now; 0 when it is.
        power_limit: The limit that is set now, in mW; where the earlier limits are back, the
            highest of them.
        stopped_because: The failure that ended the tuning; empty without one.
    """

    probes_done: int
    probes_expected: int
    steps_left: int
    power_limit: int
    stopped_because: str = ""


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """What one measurement of one power limit found.

    Attributes:
        power_limit: In mW.
        energy: Of all GPUs of the job, in J, over `profile_steps` steps.
        time: Of the slowest rank, in s, over `profile_steps` steps.
        energy_error: One standard deviation of `energy`, in J; 0 where nothing is known of it.
        time_error: One standard deviation of `time`, in s; 0 where nothing is known of it.
        steps: The steps that were measured.
    """

    power_limit: int
    energy: float
    time: float
    energy_error: float
    time_error: float
    steps: int


@dataclass(frozen=True, kw_only=True)
class TuningReport:
    """What the search found.

    Attributes:
        probes: One a measurement, in the order of measuring.
        prior_power_limit: The limit from before the tuning, in mW; where the GPUs differ, the
            highest.
        choice: The best limit in mW; None while it is not known.
        choice_reason: Why that one, in one line; empty without a choice.
        stopped_because: The failure that ended the tuning; empty without one.
        dropped_probes: Measurements that were repeated because their figures were doubtful.
        restarts: How often the search started anew because the job changed.
    """

    probes: list[ProbeResult]
    prior_power_limit: int
    choice: int | None
    choice_reason: str
    stopped_because: str
    dropped_probes: int
    restarts: int


def make_progress(
    probes_done: int,
    probes_expected: int,
    steps_left: int,
    power_limit: int,
    stopped_because: str,
) -> TuningProgress:
    """The progress that the C++ library describes so."""
    return TuningProgress(
        probes_done=probes_done,
        probes_expected=probes_expected,
        steps_left=steps_left,
        power_limit=power_limit,
        stopped_because=stopped_because,
    )


def make_report(
    probes: list[Probe],
    prior_power_limit: int,
    choice: int | None,
    choice_reason: str,
    stopped_because: str,
    dropped_probes: int,
    restarts: int,
) -> TuningReport:
    """The report that the C++ library describes so."""
    return TuningReport(
        probes=[
            ProbeResult(
                power_limit=power_limit,
                energy=energy,
                time=time,
                energy_error=energy_error,
                time_error=time_error,
                steps=steps,
            )
            for power_limit, energy, time, energy_error, time_error, steps in probes
        ],
        prior_power_limit=prior_power_limit,
        choice=choice,
        choice_reason=choice_reason,
        stopped_because=stopped_because,
        dropped_probes=dropped_probes,
        restarts=restarts,
    )
