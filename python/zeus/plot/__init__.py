# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of what was measured: time against energy, cost against limit, power over time.

    from zeus.plot import time_energy_frontier

    time_energy_frontier("power_limit_profile.json").savefig("frontier.png")

or, from the shell, `python -m zeus.plot power_limit_profile.json -o frontier.png`.
Needs the package matplotlib: `pip install 'zeus-cpp[plot]'`. Every function returns a
`matplotlib.figure.Figure` that belongs to nobody else: no window opens, no state is kept.
"""

from __future__ import annotations

try:
    import matplotlib  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "matplotlib":
        raise
    raise ImportError(
        "zeus.plot needs the package matplotlib: pip install 'zeus-cpp[plot]'"
    ) from error

from zeus.plot._power import power_timeline
from zeus.plot._profile import Profile, ProfileError, read_profile
from zeus.plot._sweep import cost_against_limit, time_energy_frontier

__all__ = [
    "Profile",
    "ProfileError",
    "cost_against_limit",
    "power_timeline",
    "read_profile",
    "time_energy_frontier",
]
