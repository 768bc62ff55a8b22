# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What there is of systems on a chip: nothing to measure."""

from __future__ import annotations

from typing import NoReturn

from zeus.device.exception import ZeusBaseSoCError


class ZeusSoCInitError(ZeusBaseSoCError):
    """There is no system on a chip that can be measured."""


class SoC:
    """A system on a chip."""


class EmptySoC(SoC):
    """No system on a chip. Methods that want one raise ValueError."""

    def get_available_metrics(self) -> set[str]:
        """No metrics."""
        return set()

    def get_total_energy_consumption(self) -> NoReturn:
        """Raises ValueError."""
        raise ValueError("No SoC is available.")
