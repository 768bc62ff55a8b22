# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Programs as the replaced package's documentation has them run as they stand, with frameworks."""

import re
from pathlib import Path

import pytest
import torch
import transformers
from slowed_trainer import SlowedSteps
from tiny_models import TokenBlocks, gpt2
from torch.utils.data import DataLoader, TensorDataset

from zeus.optimizer.power_limit import Done, HFGlobalPowerLimitOptimizer

LIMITS = [250, 225, 200, 175, 150, 125, 100]  # in W

DATA_PARALLEL = """\
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

HUGGING_FACE = """\
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import HFGlobalPowerLimitOptimizer

monitor = ZeusMonitor()
optimizer = HFGlobalPowerLimitOptimizer(monitor)

# Also works with SFTTrainer.
trainer = Trainer(
    ...,
    callbacks=[optimizer], # Add the `HFGlobalPowerLimitOptimizer` callback
)
"""

SEED = Path(__file__).parents[4] / "shared" / "seed.md"


@pytest.mark.skipif(not SEED.exists(), reason=f"{SEED} is not beside this checkout")
def test_the_programs_are_those_of_the_documentation():
    programs = re.findall(r"```python[^\n]*\n(.*?)```", SEED.read_text(), re.DOTALL)
    assert programs == [DATA_PARALLEL, HUGGING_FACE]


class LearningLoader(DataLoader):
    """A DataLoader; the model learns from a batch where the program has the comment for it."""

    def __init__(self, box):
        torch.manual_seed(0)
        inputs = torch.randn(48, 4)
        targets = inputs @ torch.tensor([[1.0], [-2.0], [0.5], [3.0]])
        super().__init__(TensorDataset(inputs, targets), batch_size=8, shuffle=True)
        self.box = box
        self.model = torch.nn.Linear(4, 1)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.05)
        self.losses = []

    def __iter__(self):
        for x, y in super().__iter__():
            yield x, y
            loss = torch.nn.functional.mse_loss(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.box.step()
            self.losses.append(loss.item())


def test_the_data_parallel_program_finds_a_limit_while_a_model_learns(simulated_gpus):
    box = simulated_gpus(4)
    loader = LearningLoader(box)
    names = {"train_dataloader": loader}
    exec(DATA_PARALLEL, names)
    plo = names["plo"]
    assert isinstance(plo.state, Done)
    assert [point.power_limit for point in plo.measurements] == LIMITS
    assert box.power_limits == [plo.state.optimal_power_limit] * 4
    assert loader.losses[-1] < loader.losses[0] / 100


def test_the_hugging_face_program_finds_a_limit_while_a_trainer_trains(simulated_gpus, tmp_path):
    box = simulated_gpus(2)

    class Trainer(SlowedSteps, transformers.Trainer):
        """A Trainer that takes the program's `...` for model, arguments and data."""

        def __init__(self, what_the_reader_fills_in, **options):
            assert what_the_reader_fills_in is ...
            super().__init__(
                model=gpt2(),
                args=transformers.TrainingArguments(
                    output_dir=str(tmp_path),
                    use_cpu=True,
                    max_steps=len(LIMITS) * 50 + 10,
                    per_device_train_batch_size=1,
                    save_strategy="no",
                    report_to="none",
                    disable_tqdm=True,
                ),
                train_dataset=TokenBlocks(24),
                **options,
            )

    Trainer.box = box
    names = {"Trainer": Trainer}
    exec(HUGGING_FACE, names)
    trainer, optimizer = names["trainer"], names["optimizer"]
    assert isinstance(optimizer, HFGlobalPowerLimitOptimizer)
    trainer.train()
    plo = optimizer.optimizer
    assert isinstance(plo.state, Done)
    assert [point.power_limit for point in plo.measurements] == LIMITS
    assert trainer.batches[-1].limit * 1000 == plo.state.optimal_power_limit
    assert box.power_limits == [250_000] * 2
