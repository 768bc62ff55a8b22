# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Says once that training has ended before the tuning."""

from __future__ import annotations

import logging
import os
import sys

from zeus import _zeus
from zeus._log import tell

logger = logging.getLogger("zeus.optimizer.power_limit")


class UnfinishedTuning:
    """What an optimizer has to say where training ends.

    Not where an exception ends it, which the program knows of, and not in a forked child.
    """

    def __init__(self, engine: _zeus.GlobalPowerLimitOptimizer, keeps_profile: bool) -> None:
        self._engine = engine
        self._keeps_profile = keeps_profile
        self._has_told = False
        self._progress = engine.progress()
        self._process = os.getpid()

    def note_progress(self) -> None:
        """Keeps how far the search is: a closed optimizer doesn't know any more."""
        if os.getpid() == self._process:
            self._progress = self._engine.progress()

    def tell(self) -> None:
        """Training has ended, or the optimizer is closed."""
        if self._has_told or self._engine.is_in_hook or os.getpid() != self._process:
            return
        if self._engine.was_interrupted or sys.exc_info()[0] is not None:
            return
        name = self._engine.state[0]
        # After a drift the choice before it still stands.
        if name == "Done" or self._engine.is_retuning:
            return
        if self._engine.awaits_first_step:
            self._has_told = True
            tell(
                logger,
                logging.WARNING,
                "Power limit tuning has not begun: no training step was reported to this "
                "optimizer. Call its on_step_begin() and on_step_end() around each step.",
            )
        elif name != "Stopped":
            self._has_told = True
            self._tell_what_is_missing()

    def tell_at_exit(self) -> None:
        """The program ends; after an exception its end says nothing of the training's length."""
        failed = getattr(sys, "last_value", None) is not None
        if failed or os.getpid() != self._process or self._engine.state[0] == "Stopped":
            return
        self.tell()

    def _tell_what_is_missing(self) -> None:
        done, expected, left, _, _ = self._progress
        text = (
            "Power limit tuning is not finished: %d of %d power limits are measured, and %d more "
            "training steps are needed. %s"
        )
        if self._keeps_profile:
            kept = "The next run goes on from here: what was measured is kept beside the profile."
            tell(logger, logging.INFO, text, done, expected, left, kept)
        else:
            lost = (
                "Nothing is kept for another run: give profile_path, with which the next run goes "
                "on from here, or train for longer."
            )
            tell(logger, logging.WARNING, text, done, expected, left, lost)
