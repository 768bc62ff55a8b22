# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""A C++ and a Python program get the same numbers from the same seed.

The C++ one is the command `zeus demo`; here is the same job in Python, on a box like the demo's.
"""

import json
import subprocess

import pytest

import zeus.simulator
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Done, GlobalPowerLimitOptimizer, ZeusCost

ZEUS = zeus.simulator.driver_folder().parent / "bin" / "zeus"
STEPS_PER_EPOCH = 100
EPOCHS = 8


def demo(*options):
    command = [ZEUS, "demo", "--json", "--epochs", str(EPOCHS), *options]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def train(box, gpus):
    """What the demo does: it also looks at GPU 0's limit before each step."""
    monitor = ZeusMonitor()
    assert box.power_limits
    plo = GlobalPowerLimitOptimizer(monitor, ZeusCost(0.5, world_size=gpus))
    plo.on_train_begin()
    for _ in range(EPOCHS):
        plo.on_epoch_begin()
        for _ in range(STEPS_PER_EPOCH):
            plo.on_step_begin()
            monitor.gpus.get_power_management_limit(0)
            box.step()
            plo.on_step_end()
        plo.on_epoch_end()
    plo.on_train_end()
    return plo


@pytest.mark.parametrize(("gpus", "model", "seed"), [(2, "V100", 7), (1, "A40", 8)])
def test_the_same_seed_gives_the_same_numbers_in_both_languages(simulated_gpus, gpus, model, seed):
    report = demo("--gpus", str(gpus), "--model", model, "--seed", str(seed))
    box = simulated_gpus(
        gpus,
        model=model,
        seed=seed,
        time_noise=0.02,
        power_noise=0.01,
        read_latency=0.0003,
        write_latency=0.015,
        settling=0.1,
        tick=None,
    )
    plo = train(box, gpus)
    here = [(point.power_limit, point.energy, point.time) for point in plo.measurements]
    there = [
        (point["power_limit_w"], point["energy_j"], point["time_s"])
        for point in report["measurements"]
    ]
    assert len(here) == len(plo.power_limits)
    assert here == there
    assert plo.state == Done(optimal_power_limit=report["chosen_power_limit_w"] * 1000)


def test_another_seed_gives_other_numbers():
    one, other = (demo("--gpus", "1", "--seed", seed)["measurements"] for seed in ("7", "8"))
    assert len(one) == 7
    assert all(a["energy_j"] != b["energy_j"] for a, b in zip(one, other, strict=True))
