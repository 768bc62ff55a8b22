# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated machine for a client of the NVIDIA driver to look at."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
# One GPU of each way to measure power: instantaneous, averaged, sampled for a part of the time.
MODELS = ["V100", "A40", "RTX6000", "H100"]
NAMES = ["Tesla V100-PCIE-32GB", "NVIDIA A40", "Quadro RTX 6000", "NVIDIA H100 80GB HBM3"]
LIMITS_W = [250, 300, 260, 700]
TICKS_S = [0.02, 0.1, 0.1, 0.1]


def look(client, folder, step_seconds, clock="real", python=sys.executable):
    """What the client, run by `python`, saw, beside the model's figures (run_client.py).

    Steps take so long at full clock. ZEUS_COMMAND names the command `zeus`.
    """
    scenario = folder / "scenario.json"
    # The GPUs never wait in a step, and draw the same in all of it: for a glance to show it.
    workload = {"model": "V100 ResNet-50", "idle_share": 0, "step_seconds": step_seconds}
    scenario.write_text(
        json.dumps(
            {
                "gpus": [{"model": model} for model in MODELS],
                "workload": workload,
                "noise": {"time": 0, "power": 0},
                "leakage_per_celsius": 0,
            }
        )
    )
    command = [os.environ["ZEUS_COMMAND"], "simulate", "--scenario", scenario]
    command += ["--clock", clock, "--quiet", "--", python, HERE / "run_client.py"]
    result = subprocess.run(
        [*command, client, str(len(MODELS))],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])
