# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Programs as the replaced package's documentation has them run as they stand."""

from zeus.optimizer.power_limit import Done

GETTING_STARTED = """
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer

# Data parallel training with four GPUs.
# Omitting `gpu_indices` will use all GPUs, while respecting
# `CUDA_VISIBLE_DEVICES`.
monitor = ZeusMonitor(gpu_indices=[0,1,2,3])
# The power limit optimizer profiles power limits during training
# using the `ZeusMonitor` instance.
plo = GlobalPowerLimitOptimizer(monitor)

for epoch in range(100):
    plo.on_epoch_begin()

    for x, y in train_dataloader:
        plo.on_step_begin()
        # Learn from x and y!
        plo.on_step_end()

    plo.on_epoch_end()

    # Validate the model if needed, but `plo` won't care.
"""


def test_the_getting_started_program_finds_a_limit(simulated_gpus):
    box = simulated_gpus(4)

    class Loader:
        def __iter__(self):
            for _ in range(7):
                yield None, None
                box.step()

    names = {"train_dataloader": Loader()}
    exec(GETTING_STARTED, names)
    plo = names["plo"]
    assert isinstance(plo.state, Done)
    assert [point.power_limit for point in plo.measurements] == [250, 225, 200, 175, 150, 125, 100]
    assert box.power_limits == [plo.state.optimal_power_limit] * 4
