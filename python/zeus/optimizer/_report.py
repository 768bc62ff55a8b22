# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""How far a search is, and what it found. Power limits are in mW here."""

from __future__ import annotations

from dataclasses import dataclass

Probe = tuple[int, float, float, float, float, int, tuple[float, float, bool], bool, bool]
"""Power limit in mW, energy in J, time in s, their errors, steps, long steps, drifts, is sure."""

Gain = tuple[int, float, float, float, float, float, int, float, float, float | None]
"""The fields of an `ExpectedGain`."""


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
class LongSteps:
    """The steps of a probe that took much longer than the others, without a cycle.

    Attributes:
        share: Of the probe's steps.
        times: Their time as a multiple of a normal step's; 0 where there were none.
        are_counted: Whether the probe's time and energy have them.
    """

    share: float = 0.0
    times: float = 0.0
    are_counted: bool = False


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
        long_steps: Those that were unlike the others. With `wanted_error` only, as what follows.
        drifts: The second half of the steps was unlike the first.
        is_sure: False where measuring ended before the figures were as sure as wanted.
    """

    power_limit: int
    energy: float
    time: float
    energy_error: float
    time_error: float
    steps: int
    long_steps: LongSteps = LongSteps()
    drifts: bool = False
    is_sure: bool = True


@dataclass(frozen=True, kw_only=True)
class ExpectedGain:
    """What the choice is expected to bring, and what it cost to find it.

    Changes are shares: -0.12 is 12 % less. Errors are one standard deviation.

    Attributes:
        reference_power_limit: The highest limit that was measured, in mW: what is compared with.
        energy_change: Of the choice's energy, with the host's where `host_power` is known.
        energy_error: Of `energy_change`.
        time_change: Of the choice's time.
        time_error: Of `time_change`.
        host_power: What the hosts of the whole job draw for it, in W; 0 where it is not known.
        profiling_steps: Steps that profiling took, warming up included; 0 where a profile was
            loaded.
        profiling_energy: How much more energy they took than as many steps at the reference, in J;
            negative where they saved some.
        profiling_time: How much longer they took, in s.
        payback_steps: So many steps at the choice save the energy that profiling cost. None where
            the choice saves no energy.
    """

    reference_power_limit: int
    energy_change: float
    energy_error: float
    time_change: float
    time_error: float
    host_power: float
    profiling_steps: int
    profiling_energy: float
    profiling_time: float
    payback_steps: float | None


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
        gain: What the choice is expected to bring; None without a choice that was measured.
    """

    probes: list[ProbeResult]
    prior_power_limit: int
    choice: int | None
    choice_reason: str
    stopped_because: str
    dropped_probes: int
    restarts: int
    gain: ExpectedGain | None = None


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
    gain: Gain | None,
) -> TuningReport:
    """The report that the C++ library describes so."""
    return TuningReport(
        probes=[_probe(*probe) for probe in probes],
        prior_power_limit=prior_power_limit,
        choice=choice,
        choice_reason=choice_reason,
        stopped_because=stopped_because,
        dropped_probes=dropped_probes,
        restarts=restarts,
        gain=None if gain is None else _gain(*gain),
    )


def _probe(
    power_limit: int,
    energy: float,
    time: float,
    energy_error: float,
    time_error: float,
    steps: int,
    long_steps: tuple[float, float, bool],
    drifts: bool,
    is_sure: bool,
) -> ProbeResult:
    share, times, are_counted = long_steps
    return ProbeResult(
        power_limit=power_limit,
        energy=energy,
        time=time,
        energy_error=energy_error,
        time_error=time_error,
        steps=steps,
        long_steps=LongSteps(share=share, times=times, are_counted=are_counted),
        drifts=drifts,
        is_sure=is_sure,
    )


def _gain(
    reference_power_limit: int,
    energy_change: float,
    energy_error: float,
    time_change: float,
    time_error: float,
    host_power: float,
    profiling_steps: int,
    profiling_energy: float,
    profiling_time: float,
    payback_steps: float | None,
) -> ExpectedGain:
    return ExpectedGain(
        reference_power_limit=reference_power_limit,
        energy_change=energy_change,
        energy_error=energy_error,
        time_change=time_change,
        time_error=time_error,
        host_power=host_power,
        profiling_steps=profiling_steps,
        profiling_energy=profiling_energy,
        profiling_time=profiling_time,
        payback_steps=payback_steps,
    )
