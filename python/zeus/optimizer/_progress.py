# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""One line on a terminal that tells how far the profiling of power limits is."""

from __future__ import annotations

import logging
import sys
import weakref
from collections.abc import Callable
from typing import Any

from zeus import _zeus
from zeus._interruptions import must_pass
from zeus._log import tell

logger = logging.getLogger("zeus.optimizer.power_limit")

_MILLIWATTS = 1000
_UNDER_WAY = ("Ready", "Warmup", "Profiling")


def is_wanted(progress: bool | None) -> bool:
    """Whether to show the line, for the parameter `progress`.

    Raises:
        TypeError: It is neither True, False nor None.
        ImportError: It is asked for and can't be had.
    """
    if progress is not None and not isinstance(progress, bool):
        kind = type(progress).__name__
        raise TypeError(f"progress must be True, False or None, not {kind}")
    if progress is None:
        if sys.stderr is None or not sys.stderr.isatty():
            return False
    elif not progress:
        return False
    try:
        import tqdm  # noqa: F401
    except ImportError:
        if progress:
            raise ImportError(
                "progress=True needs the package tqdm: pip install 'zeus-cpp[progress]'"
            ) from None
        return False
    return True


class ProgressLine:
    """Follows an optimizer, step by step; its hooks take the place of the engine's.

    The line appears at the first step, below the bars that are there by then, and leaves nothing
    behind. Whatever goes wrong with it, training goes on.
    """

    def __init__(
        self,
        engine: _zeus.GlobalPowerLimitOptimizer,
        when_over: weakref.WeakMethod[Callable[[], None]],
    ) -> None:
        """Shows nothing yet.

        Args:
            engine: What is followed.
            when_over: Called once, when there is no more to follow.
        """
        self._engine = engine
        self._hook = engine.hook("on_step_begin")
        self._when_over = when_over
        self._bar: Any = None
        self._is_over = False
        self._more_than_counting = True

    def on_step_begin(self) -> None:
        """The engine's hook, and the line after it."""
        if self._is_over:
            self._hook()
            return
        if self._more_than_counting:
            self._guarded(self._make_room)
        try:
            self._hook()
        finally:
            self._guarded(self._show)

    def on_train_end(self) -> None:
        """The engine's hook; the line goes, until training begins again."""
        try:
            self._clear()
        finally:
            self._engine.on_train_end()

    def on_train_interrupted(self) -> None:
        """The engine's hook; the line goes, until training begins again."""
        try:
            self._clear()
        finally:
            self._engine.on_train_interrupted()

    def _clear(self) -> None:
        if self._bar is not None:
            bar, self._bar = self._bar, None
            self._guarded(bar.close)

    def close(self) -> None:
        """The line goes for good."""
        if not self._is_over:
            self._is_over = True
            self._clear()
            tell = self._when_over()
            if tell is not None:
                tell()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001
            if must_pass(error):
                self._engine.on_train_interrupted()
                raise
            # A terminal that is gone must not end a training.
            tell(logger, logging.INFO, "The progress line is gone: %s", error)
            self._bar = None
            self.close()

    def _make_room(self) -> None:
        # What the hook does now is logged, perhaps to this terminal.
        if self._bar is not None:
            self._bar.clear()

    def _show(self) -> None:
        name, power_limit, steps, _ = self._engine.state
        if name == "Waiting":
            if self._bar is not None:
                self._bar.desc = "Waiting for the other ranks"
                self._bar.refresh()
            return
        if name not in _UNDER_WAY or power_limit is None:
            self.close()
            return
        done, expected, left, _, _ = self._engine.progress()
        text = f"Power limit {power_limit / _MILLIWATTS:g} W ({done + 1} of {expected})"
        if self._bar is None:
            self._bar = self._make_bar(left)
        bar = self._bar
        bar.desc = f"{text}, {left} steps left"
        bar.total = max(bar.total, left)  # the search may start anew
        shown = bar.total - left
        if self._more_than_counting or shown < bar.n:
            bar.n = shown
            bar.refresh()
        else:
            bar.update(shown - bar.n)
        self._more_than_counting = steps == 1

    @staticmethod
    def _make_bar(total: int) -> Any:
        from tqdm import tqdm

        bar = type("Bar", (tqdm,), {"monitor_interval": 0})  # no thread for one line
        return bar(
            total=total,
            file=sys.stderr,
            leave=False,
            dynamic_ncols=True,
            miniters=1,
            bar_format="{desc} |{bar}| {remaining}",
        )
