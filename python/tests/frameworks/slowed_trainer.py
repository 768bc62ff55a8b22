# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Trainers of which each batch is a step on simulated GPUs, and what that really cost."""

from __future__ import annotations

from dataclasses import dataclass

from zeus.monitor import ZeusMonitor

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
