# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Trainers of which each batch is a step on simulated GPUs, and what that really cost."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tiny_models import TokenBlocks, gpt2
from transformers import TrainingArguments

from zeus.monitor import ZeusMonitor

STEPS = 30  # more than all limits take
PROFILE_STEPS = 4
SEARCH = {"wait_steps": 1, "warmup_steps": 1, "profile_steps": PROFILE_STEPS, "pl_step": 75}
"""An optimizer's parameters: of a V100's limits the search takes three."""

SAVING_S = 500.0
EVALUATION_STEPS = 20


@dataclass
class Batch:
    """What a batch really took: energy in J, time in s, at a limit in W."""

    limit: float
    energy: float
    time: float


class SlowedSteps:
    """Put before a Trainer class: training batches, evaluations and checkpoints take box time."""

    box = None

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.batches: list[Batch] = []

    def training_step(self, *arguments, **options):
        loss = super().training_step(*arguments, **options)
        self.work()
        return loss

    def work(self):
        """A batch's work on the GPUs."""
        before = self.box.truth()
        self.box.step()
        after = self.box.truth()
        limit = self.box.power_limits[0] / 1000
        self.batches.append(
            Batch(limit, after.energy - before.energy, after.elapsed - before.elapsed)
        )

    def prediction_step(self, *arguments, **options):
        for _ in range(EVALUATION_STEPS):
            self.box.step()
        return super().prediction_step(*arguments, **options)

    def _save_checkpoint(self, *arguments, **options):
        self.box.sleep(SAVING_S)
        return super()._save_checkpoint(*arguments, **options)


class RecordingMonitor(ZeusMonitor):
    """Keeps the limit in W, the time and the energy of each window."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.windows = []

    def end_window(self, key, *arguments, **options):
        result = super().end_window(key, *arguments, **options)
        if not options.get("cancel"):
            self.windows.append((int(key.rpartition("_")[2]), result.time, result.total_energy))
        return result


def small_trainer(kind, box, folder, callbacks, **options):
    """A trainer of a class with `SlowedSteps` on a box; `options` are training arguments."""
    usual = {"max_steps": STEPS, "save_strategy": "no", "per_device_train_batch_size": 2}
    made = kind(
        model=gpt2(),
        args=TrainingArguments(
            output_dir=str(folder / "out"),
            use_cpu=True,
            report_to="none",
            disable_tqdm=True,
            **usual | options,
        ),
        train_dataset=TokenBlocks(24),
        eval_dataset=TokenBlocks(4),
        callbacks=callbacks,
    )
    made.box = box
    return made


def assert_measured(hf, limits, batches, batches_a_step=1):
    """Each limit's figures are those of so many of these batches, by the simulator's account."""
    measured = hf.optimizer.measurements
    assert [point.power_limit for point in measured] == limits
    for point in measured:
        one = next(batch for batch in batches if batch.limit == point.power_limit)
        count = PROFILE_STEPS * batches_a_step
        assert point.time == pytest.approx(count * one.time, rel=1e-6)
        assert point.energy == pytest.approx(count * one.energy, rel=1e-4)
