# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Measures the energy of GPU training and finds the power limit that is best for it.

- `zeus.monitor`: time, energy, power and temperature of any stretch of a program.
- `zeus.optimizer.power_limit`: finds the best GPU power limit while training runs.
- `zeus.device`: the GPUs themselves.
- `zeus.simulator`: simulated GPUs, to try and test all of it without any.
- `zeus.callback`, `zeus.metric`, `zeus.show_env`, `zeus.utils`: what goes with them.

The work is done by a C++ library. What it has to say goes to `logging`, under the modules' names.
"""

from zeus import _not_ported

__version__ = "0.1.0"

_not_ported.install()
