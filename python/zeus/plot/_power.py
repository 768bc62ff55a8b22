# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Power over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from zeus.plot._profile import ProfileError
from zeus.plot._style import INK, SERIES, add_legend, new_figure

_WIDEST_LEGEND = 6


def power_timeline(
    timelines: Mapping[int, Sequence[tuple[float, float]]],
    *,
    start_time: float | None = None,
    end_time: float | None = None,
    title: str | None = None,
) -> Figure:
    """The power of each GPU over time.

    Args:
        timelines: (Unix time in s, power in W) at each change, by GPU index: what
            `PowerMonitor.get_power_timeline` returns.
        start_time: Unix time in s that the picture begins at. None: the first change.
        end_time: Unix time in s that it ends at. None: the last change.
        title: None for "GPU power".

    Raises:
        ProfileError: There is nothing to draw.
    """
    times = [time for timeline in timelines.values() for time, _ in timeline]
    if not times:
        raise ProfileError(
            "there are no power samples to draw: let the PowerMonitor run for longer"
        )
    begin = min(times) if start_time is None else start_time
    end = max(times) if end_time is None else end_time

    figure, axes = new_figure("GPU power" if title is None else title)
    for number, (index, timeline) in enumerate(sorted(timelines.items())):
        if not timeline:
            continue
        # The last value holds till the end.
        points = [*timeline, (max(end, timeline[-1][0]), timeline[-1][1])]
        axes.step(
            [time - begin for time, _ in points],
            [power for _, power in points],
            where="post",
            color=SERIES[number % len(SERIES)],
            linewidth=1.4,
            label=f"GPU {index}",
        )
    if end > begin:
        axes.set_xlim(0, end - begin)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("Time (s)", color=INK)
    axes.set_ylabel("Power (W)", color=INK)
    if len(timelines) > 1:
        add_legend(figure, columns=len(timelines) if len(timelines) <= _WIDEST_LEGEND else 4)
    return figure
