# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""One rank of a Trainer under torchrun on simulated GPUs: trainer_worker.py FOLDER."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch.distributed as dist
from tiny_models import TokenBlocks, gpt2
from transformers import Trainer, TrainingArguments

from zeus import _zeus
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Energy, HFGlobalPowerLimitOptimizer, Waiting


class SlowedTrainer(Trainer):
    """Each batch is a step on the GPU of this rank."""

    def training_step(self, *arguments, **options):
        loss = super().training_step(*arguments, **options)
        _zeus.simulator_step([self.args.local_process_index])
        return loss


class Reports(HFGlobalPowerLimitOptimizer):
    """Tells what it found once training is over and before the limits come back."""

    def __init__(self, folder, *arguments, **options):
        super().__init__(*arguments, **options)
        self.folder = folder

    def on_step_end(self, args, state, control, **kwargs):
        super().on_step_end(args, state, control, **kwargs)
        waiting = [None, None]
        dist.all_gather_object(waiting, self.optimizer.state == Waiting())
        if state.global_step >= 30 and not any(waiting):
            control.should_training_stop = True

    def on_train_end(self, args, state, control, **kwargs):
        plo = self.optimizer
        report = {
            "state": repr(plo.state),
            "current": plo.current_power_limit,
            "measurements": [[p.power_limit, p.energy, p.time] for p in plo.measurements],
            "limits": [gpu.power_limit() for gpu in _zeus.Machine().all_gpus()],
        }
        Path(self.folder, f"{dist.get_rank()}.json").write_text(json.dumps(report))
        dist.barrier()  # all have seen the limits: they come back
        super().on_train_end(args, state, control, **kwargs)


def main(folder):
    arguments = TrainingArguments(
        output_dir=folder,
        use_cpu=True,
        max_steps=2000,
        per_device_train_batch_size=2,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    callback = Reports(folder, ZeusMonitor(), Energy(), 1, 1, 4, 75)
    SlowedTrainer(
        model=gpt2(), args=arguments, train_dataset=TokenBlocks(24), callbacks=[callback]
    ).train()


if __name__ == "__main__":
    main(*sys.argv[1:])
