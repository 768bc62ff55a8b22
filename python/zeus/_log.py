# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""How much the C++ library has to say."""

from __future__ import annotations

import logging

from zeus import _zeus

_LOGGERS = tuple(
    logging.getLogger(name)
    for name in ("zeus.monitor.energy", "zeus.optimizer.power_limit", "zeus.device")
)


def follow_logging() -> None:
    """Lets the library make lines for debugging where somebody wants them, else not."""
    wants_debugging = any(logger.isEnabledFor(logging.DEBUG) for logger in _LOGGERS)
    _zeus.set_log_level(logging.DEBUG if wants_debugging else logging.INFO)
