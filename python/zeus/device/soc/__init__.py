# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Systems on a chip: none are supported."""

from __future__ import annotations

from zeus.device.soc.common import EmptySoC, SoC, ZeusSoCInitError

__all__ = ["EmptySoC", "SoC", "ZeusSoCInitError", "get_soc"]


def get_soc() -> SoC:
    """Raises ZeusSoCInitError: this package measures none."""
    raise ZeusSoCInitError("zeus-cpp measures no systems on a chip.")
