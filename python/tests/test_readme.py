# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The Python programs in README.md run as they stand."""

import re
from pathlib import Path

from zeus.optimizer.power_limit import Done

README = Path(__file__).parents[2] / "README.md"


def programs():
    return re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def test_the_training_loop_finds_a_limit(simulated_gpus):
    box = simulated_gpus(4)

    class Loader:
        def __iter__(self):
            for _ in range(9):
                yield None, None
                box.step()

    names = {"train_dataloader": Loader()}
    exec(programs()[0], names)
    assert isinstance(names["plo"].state, Done)
    assert box.power_limits == [names["plo"].state.optimal_power_limit] * 4


def test_the_program_for_machines_without_gpus_finds_a_limit(run_script):
    imports, program = programs()
    result = run_script(imports.partition("\n\n")[0] + "\n" + program)
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(r"Done\(optimal_power_limit=(\d+)\) \[(\1, ){3}\1\]\n", result.stdout)
