# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""`python -m zeus.plot FILE -o OUT.png`: a picture of a profile file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from zeus.optimizer.power_limit import (
    Energy,
    LeastEnergyWithinSlowdown,
    MaxSlowdownConstraint,
    OptimumSelector,
    Time,
    ZeusCost,
)
from zeus.plot import cost_against_limit, read_profile, time_energy_frontier

_KINDS = {"frontier": time_energy_frontier, "cost": cost_against_limit}

_SELECTORS: dict[str, Callable[[argparse.Namespace], OptimumSelector]] = {
    "energy": lambda _: Energy(),
    "time": lambda _: Time(),
    "zeus-cost": lambda given: ZeusCost(given.eta_knob, given.world_size),
    "max-slowdown": lambda given: MaxSlowdownConstraint(given.slowdown),
    "least-energy-within-slowdown": lambda given: LeastEnergyWithinSlowdown(given.slowdown),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m zeus.plot",
        description="Draws the power limits that an optimizer has profiled.",
    )
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="what the optimizer's profile_path named"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=Path,
        required=True,
        help="the picture; its suffix is its format: .png, .svg, .pdf",
    )
    parser.add_argument(
        "--kind",
        choices=_KINDS,
        default="frontier",
        help="frontier: time against energy; cost: what the selector looks at against the limit "
        "(default: frontier)",
    )
    parser.add_argument(
        "--selector", choices=_SELECTORS, default="zeus-cost", help="what chooses (%(default)s)"
    )
    parser.add_argument(
        "--eta-knob",
        "--eta",
        type=float,
        default=0.5,
        help="of zeus-cost: from 0, only time counts, to 1, only energy counts (%(default)s)",
    )
    parser.add_argument(
        "--slowdown",
        type=float,
        default=1.1,
        metavar="FACTOR",
        help="of the selectors that bound the time (%(default)s)",
    )
    parser.add_argument(
        "--world-size",
        type=int,
        metavar="N",
        help="of zeus-cost: the GPUs of the job (default: those that FILE names, else 1)",
    )
    parser.add_argument("--title", help="the picture's title (default: the GPUs)")
    return parser


def _draw(arguments: argparse.Namespace) -> None:
    profile = read_profile(arguments.file)
    if arguments.world_size is None:
        arguments.world_size = profile.gpu_count
    selector = _SELECTORS[arguments.selector](arguments)
    figure = _KINDS[arguments.kind](profile, selector, title=arguments.title)
    formats = figure.canvas.get_supported_filetypes()
    suffix = arguments.output.suffix.lstrip(".").lower()
    if suffix not in formats:
        raise ValueError(
            f"'{arguments.output}' has no picture's suffix; give one of .png, .svg, .pdf"
        )
    figure.savefig(arguments.output)


def main(given: list[str] | None = None) -> None:
    """Reads the command line and draws.

    Args:
        given: The arguments. None for the process's own.
    """
    arguments = _parser().parse_args(given)
    try:
        _draw(arguments)
    except OSError as error:
        sys.exit(f"zeus.plot: '{arguments.output}' can't be written: {error.strerror}")
    except ValueError as error:
        sys.exit(f"zeus.plot: {error}")


if __name__ == "__main__":
    main()
