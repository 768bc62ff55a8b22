# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""How all pictures look."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

INK = "#222222"
QUIET = "#8a8f98"
MAIN = "#2563a8"
CHOSEN = "#c2410c"
SERIES = (MAIN, "#c2410c", "#3f7d20", "#7b3fa0", "#b08900", "#0f8b8d", "#a83258", "#555555")


def new_figure(title: str | None) -> tuple[Figure, Axes]:
    """An empty figure with one pair of axes."""
    figure = Figure(figsize=(7.5, 5.0), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(QUIET)
    axes.tick_params(colors=INK, color=QUIET)
    axes.grid(color="#e4e6ea", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.ticklabel_format(useOffset=False)
    if title:
        axes.set_title(title, color=INK, loc="left", fontsize=12, pad=12)
    return figure, axes


def add_legend(figure: Figure, columns: int) -> None:
    """A legend under the axes, where it hides nothing."""
    figure.legend(
        loc="outside lower center", ncols=columns, frameon=False, fontsize=9, labelcolor=INK
    )


def keep_apart(figure: Figure, labels: Sequence[Annotation]) -> None:
    """Moves the labels of points apart, from each other and from the points.

    One that finds no place beside its point is left out.

    Args:
        figure: With all that is to be drawn in it.
        labels: The most important first.
    """
    right, left = 7.0, -7.0
    above, below = 5.0, -5.0
    point_size = 12.0
    figure.draw_without_rendering()
    points = [
        Bbox.from_bounds(x - point_size / 2, y - point_size / 2, point_size, point_size)
        for label in labels
        for x, y in [figure.axes[0].transData.transform(label.xy)]
    ]
    taken = list(points)
    for label in labels:
        for x, y in ((right, above), (right, below), (left, below), (left, above)):
            label.set_position((x, y))
            label.set_horizontalalignment("left" if x > 0 else "right")
            label.set_verticalalignment("bottom" if y > 0 else "top")
            box = label.get_window_extent()
            if not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
        else:
            label.set_visible(False)
