# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of a sweep over power limits."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from zeus import _zeus
from zeus.optimizer.power_limit import (
    Energy,
    LeastEnergyWithinSlowdown,
    MaxSlowdownConstraint,
    OptimumSelector,
    PowerLimitMeasurement,
    Time,
    ZeusCost,
)
from zeus.plot._profile import Profile, Source, as_profile
from zeus.plot._style import CHOSEN, INK, MAIN, QUIET, add_legend, keep_apart, new_figure

_MOST_TICKS = 16
_MOST_LABELS = 12


def pareto_front(measurements: Sequence[PowerLimitMeasurement]) -> list[PowerLimitMeasurement]:
    """The measurements that no other beats in both time and energy, by time."""
    front: list[PowerLimitMeasurement] = []
    for point in sorted(measurements, key=lambda point: (point.time, point.energy)):
        if not front or point.energy < front[-1].energy:
            front.append(point)
    return front


def _selector_of(profile: Profile, selector: OptimumSelector | None) -> OptimumSelector:
    return selector or ZeusCost(eta_knob=0.5, world_size=profile.gpu_count)


def _name(selector: OptimumSelector) -> str:
    name = type(selector).__name__
    if isinstance(selector, ZeusCost):
        return f"{name}, eta {selector.eta_knob:g}"
    if isinstance(selector, (MaxSlowdownConstraint, LeastEnergyWithinSlowdown)):
        return f"{name}, at most {(selector.factor - 1) * 100:.3g} % slower"
    return name


def _chosen(profile: Profile, selector: OptimumSelector) -> PowerLimitMeasurement:
    limit = selector.select(profile.measurements)
    return min(profile.measurements, key=lambda point: abs(point.power_limit - limit))


def _title(profile: Profile, title: str | None) -> str:
    if title is not None:
        return title
    if profile.gpu_model is None:
        return "Power limits"
    count = f"{profile.gpu_count} × " if profile.gpu_count > 1 else ""
    return f"Power limits of {count}{profile.gpu_model}"


def _span(profile: Profile) -> str:
    return f" of {profile.steps} steps" if profile.steps else ""


def _percent(value: float, baseline: float) -> str:
    change = round((value / baseline - 1) * 100, 1) + 0.0  # no minus zero
    return f"{change:+.1f} %".replace("-", "−")


def _against_highest(point: PowerLimitMeasurement, highest: PowerLimitMeasurement) -> str:
    if point is highest:
        return "the highest limit is the best"
    energy = _percent(point.energy, highest.energy)
    return f"energy {energy}, time {_percent(point.time, highest.time)}"


def time_energy_frontier(
    source: Source, selector: OptimumSelector | None = None, *, title: str | None = None
) -> Figure:
    """Time against energy: each power limit a point, the best ones joined, the chosen one marked.

    Percentages are against the highest limit that was measured: the one that was there before.

    Args:
        source: A profile file, a profile, or an optimizer's `measurements`.
        selector: What "best" means. None for `ZeusCost` with eta_knob 0.5 and the profile's GPUs.
        title: None for one that names the GPUs.

    Raises:
        ProfileError: The source can't be used.
    """
    profile = as_profile(source)
    selector = _selector_of(profile, selector)
    points = profile.measurements
    front = pareto_front(points)
    behind = [point for point in points if point not in front]
    chosen = _chosen(profile, selector)
    highest = points[0]

    figure, axes = new_figure(_title(profile, title))
    axes.plot(
        [point.time for point in front],
        [point.energy for point in front],
        color=MAIN,
        marker="o",
        markersize=7,
        linewidth=1.6,
        label="nothing is better in both",
    )
    if behind:
        axes.plot(
            [point.time for point in behind],
            [point.energy for point in behind],
            color=QUIET,
            marker="o",
            markersize=7,
            linestyle="none",
            label="worse in both than another",
        )
    axes.plot(
        [chosen.time],
        [chosen.energy],
        color=CHOSEN,
        marker="*",
        markersize=19,
        linestyle="none",
        markeredgecolor="white",
        zorder=5,
        label=f"{chosen.power_limit:g} W: {_name(selector)}\n{_against_highest(chosen, highest)}",
    )
    every = math.ceil(len(points) / _MOST_LABELS)
    labels = {}
    for point in [*points[::every], chosen, points[-1]]:
        if point.power_limit in labels:
            continue
        is_chosen = point is chosen
        labels[point.power_limit] = axes.annotate(
            f"{point.power_limit:g} W" + (" (as before)" if point is highest else ""),
            (point.time, point.energy),
            xytext=(0, 0),
            textcoords="offset points",
            color=CHOSEN if is_chosen else INK,
            fontsize=9,
            fontweight="bold" if is_chosen else "normal",
        )
    axes.margins(x=0.14, y=0.12)
    axes.set_xlabel(f"Time{_span(profile)} (s)", color=INK)
    axes.set_ylabel(f"Energy{_span(profile)} (J)", color=INK)
    add_legend(figure, columns=2)
    first = [chosen.power_limit, highest.power_limit, points[-1].power_limit]
    keep_apart(figure, [labels[limit] for limit in dict.fromkeys([*first, *labels])])
    return figure


def _quantity(
    profile: Profile, selector: OptimumSelector
) -> tuple[list[float], str, float | None, str]:
    """What a selector looks at: the values, their name, a bound on them, the bound's name."""
    points = profile.measurements
    times = [point.time for point in points]
    energies = [point.energy for point in points]
    span = _span(profile)
    if isinstance(selector, ZeusCost):
        max_power = points[0].power_limit * selector.world_size
        costs = [
            _zeus.zeus_cost(point.energy, point.time, selector.eta_knob, max_power)
            for point in points
        ]
        return costs, f"Cost{span} (J)", None, ""
    if isinstance(selector, (Energy, LeastEnergyWithinSlowdown)):
        return energies, f"Energy{span} (J)", None, ""
    if isinstance(selector, Time):
        return times, f"Time{span} (s)", None, ""
    if isinstance(selector, MaxSlowdownConstraint):
        slowest = selector.factor * points[0].time
        return times, f"Time{span} (s)", slowest, f"{selector.factor:g} × the highest limit's time"
    raise TypeError(
        f"what {type(selector).__name__} looks at is not known: draw time_energy_frontier instead"
    )


def cost_against_limit(
    source: Source, selector: OptimumSelector | None = None, *, title: str | None = None
) -> Figure:
    """What a selector looks at, against the power limit: cost, energy or time.

    Args:
        source: A profile file, a profile, or an optimizer's `measurements`.
        selector: One of this package's. None for `ZeusCost` with eta_knob 0.5 and the profile's
            GPUs.
        title: None for one that names the GPUs.

    Raises:
        ProfileError: The source can't be used.
        TypeError: The selector is the user's own: nobody knows what it looks at.
    """
    profile = as_profile(source)
    selector = _selector_of(profile, selector)
    points = profile.measurements
    values, label, bound, bound_name = _quantity(profile, selector)
    chosen = points.index(_chosen(profile, selector))
    limits = [point.power_limit for point in points]
    allowed = [True] * len(points)
    if isinstance(selector, LeastEnergyWithinSlowdown):
        allowed = [point.time <= selector.factor * points[0].time for point in points]
    elif bound is not None:
        allowed = [value <= bound for value in values]

    figure, axes = new_figure(_title(profile, title))
    axes.plot(limits, values, color=MAIN, linewidth=1.6)
    kept = [number for number, is_allowed in enumerate(allowed) if is_allowed]
    axes.plot(
        [limits[number] for number in kept],
        [values[number] for number in kept],
        color=MAIN,
        marker="o",
        markersize=7,
        linestyle="none",
    )
    left_out = [number for number, is_allowed in enumerate(allowed) if not is_allowed]
    if left_out:
        axes.plot(
            [limits[number] for number in left_out],
            [values[number] for number in left_out],
            color=MAIN,
            marker="o",
            markersize=7,
            markerfacecolor="white",
            linestyle="none",
            label="too slow to be chosen",
        )
    if bound is not None:
        axes.axhline(bound, color=QUIET, linestyle="--", linewidth=1.2, label=bound_name)
    change = _percent(values[chosen], values[0])
    axes.plot(
        [limits[chosen]],
        [values[chosen]],
        color=CHOSEN,
        marker="*",
        markersize=19,
        markeredgecolor="white",
        linestyle="none",
        zorder=5,
        label=f"{limits[chosen]:g} W: {_name(selector)}\n{label.split(' ')[0].lower()} {change}",
    )
    if len(limits) <= _MOST_TICKS:
        axes.set_xticks(limits, [f"{limit:g}" for limit in limits])
    axes.margins(x=0.06, y=0.14)
    axes.set_xlabel("Power limit (W)", color=INK)
    axes.set_ylabel(label, color=INK)
    add_legend(figure, columns=2)
    return figure
