# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What the programs in this folder say at the end."""

from __future__ import annotations

from zeus.optimizer.power_limit import Done, GlobalPowerLimitOptimizer
from zeus.simulator import is_simulated


def report(plo: GlobalPowerLimitOptimizer) -> None:
    """Says what each power limit took, and which is the best."""
    simulated = " (simulated)" if is_simulated() else ""
    for point in plo.measurements:
        limit = f"{point.power_limit:g} W"
        print(f"{limit:>6}: {point.energy:.0f} J, {point.time:.2f} s{simulated}")
    if isinstance(plo.state, Done):
        print(f"The best power limit: {plo.state.optimal_power_limit / 1000:g} W{simulated}")
    else:
        print(f"The best power limit is not known yet: {plo.state}")
