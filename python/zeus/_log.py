# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What the package has to say, on its way to `logging`."""

from __future__ import annotations

import logging

from zeus import _zeus

# By default `logging.config` disables every logger that a configuration doesn't name. This one is
# never named, so it shows whether that happened. Our warnings then still get through; a program
# that disables one of our loggers itself silences that logger.
_unnamed = logging.getLogger("zeus._unnamed")


def deliver(name: str, level: int, text: str) -> None:
    """Logs a line under the name of its module. Called by the C++ library."""
    logger = logging.getLogger(name)
    if logger.disabled and _unnamed.disabled and level >= logging.WARNING:
        _deliver_past_disabling(logger, level, text)
    else:
        logger.log(level, text)


def tell(logger: logging.Logger, level: int, text: str, *values: object) -> None:
    """Logs a line of one of the package's Python modules, as if the C++ library had made it.

    A log handler that fails is reported to `sys.unraisablehook`.
    """
    if logger.isEnabledFor(level) or logger.disabled:
        _zeus.log(logger.name, level, text % values if values else text)


def warn(logger: logging.Logger, text: str, *values: object) -> None:
    """Logs a warning likewise."""
    tell(logger, logging.WARNING, text, *values)


def _deliver_past_disabling(logger: logging.Logger, level: int, text: str) -> None:
    if level <= logger.manager.disable or level < logger.getEffectiveLevel():
        return
    record = logger.makeRecord(logger.name, level, __file__, 0, text, (), None)
    verdict = logger.filter(record)
    if verdict:
        # Since Python 3.12 a filter may put another record in its place.
        logger.callHandlers(record if isinstance(verdict, bool) else verdict)
