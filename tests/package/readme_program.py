# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the first Python program of README.md, named by the argument, on four simulated GPUs."""

import pathlib
import re
import sys

from zeus.optimizer.power_limit import Done
from zeus.simulator import SimulatedGPUs

program = re.findall(r"```python\n(.*?)```", pathlib.Path(sys.argv[1]).read_text(), re.DOTALL)[0]

with SimulatedGPUs(4) as machine:

    class Loader:
        """Batches, each of which takes a simulated training step."""

        def __iter__(self):
            for _ in range(9):
                yield None, None
                machine.step()

    names = {"train_dataloader": Loader()}
    exec(program, names)
    state = names["plo"].state
    limits = machine.power_limits
if not isinstance(state, Done) or limits != [state.optimal_power_limit] * 4:
    sys.exit(f"the program ended with {state} and the limits {limits}")
print(f"the README's program found {state.optimal_power_limit // 1000} W for 4 simulated GPUs")
