# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""ImageNet on several GPUs, data parallel (DDP), at the power limit that is best for the job.

torchrun --nproc-per-node gpu train_dp.py DIR
"""

from __future__ import annotations

import argparse
import os

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, DistributedSampler
from training import (
    argument_parser,
    count_correct,
    device_of,
    make_datasets,
    make_model,
    report,
    say,
)

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer, MaxSlowdownConstraint
from zeus.simulator import step_with_torch
from zeus.utils.framework import all_reduce


def main(args: argparse.Namespace) -> None:
    """One rank: trains, validates after each epoch; rank 0 says what it took."""
    gpu = int(os.environ["LOCAL_RANK"])
    device = device_of(gpu)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    is_first = dist.get_rank() == 0
    if args.batch_size % dist.get_world_size() != 0:
        raise SystemExit(
            f"--batch_size {args.batch_size} is that of all GPUs: it must be a multiple of "
            f"{dist.get_world_size()}"
        )

    model = DistributedDataParallel(make_model(args).to(device))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(
        model.parameters(), args.lr, momentum=args.momentum, weight_decay=args.wd
    )
    scheduler = StepLR(optimizer, step_size=30, gamma=0.1)
    training_set, validation_set = make_datasets(args)
    sampler: DistributedSampler[tuple[Tensor, int]] = DistributedSampler(training_set)
    batch_size = args.batch_size // dist.get_world_size()
    train_loader = DataLoader(training_set, batch_size, sampler=sampler, num_workers=args.workers)
    validation_loader = DataLoader(
        validation_set,
        batch_size,
        sampler=DistributedSampler(validation_set, shuffle=False),
        num_workers=args.workers,
    )

    # Each rank measures its own GPU and makes an optimizer of its own: they agree on one limit.
    monitor = ZeusMonitor(gpu_indices=[gpu])
    plo = GlobalPowerLimitOptimizer(
        monitor,
        MaxSlowdownConstraint(args.max_slowdown),
        warmup_steps=args.warmup_steps,
        profile_steps=args.profile_steps,
        pl_step=args.pl_step,
        profile_path=args.profile_path,
    )
    # On simulated GPUs an update takes as long as their power limit makes it; on real ones this
    # does nothing.
    step_with_torch([gpu])

    monitor.begin_window("training")
    for epoch in range(args.epochs):
        sampler.set_epoch(epoch)
        plo.on_epoch_begin()
        for number, (images, target) in enumerate(train_loader):
            plo.on_step_begin()
            images, target = images.to(device), target.to(device)
            loss = criterion(model(images), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            plo.on_step_end()
            if is_first and number % args.print_freq == 0:
                say(f"Epoch {epoch}, step {number} of {len(train_loader)}: loss {loss.item():.4f}")
        plo.on_epoch_end()

        counts = count_correct(model, validation_loader, device)
        dist.all_reduce(counts)
        if is_first:
            correct, count = counts.tolist()
            say(f"Epoch {epoch}: {100 * correct / count:.2f} % of the validation set are right")
        scheduler.step()
    plo.on_train_end()  # The power limits that were there before come back.
    training = monitor.end_window("training")
    (energy,) = all_reduce([training.total_energy], "sum")
    if is_first:
        report(plo, energy, training.time)
    dist.destroy_process_group()


if __name__ == "__main__":
    main(argument_parser(__doc__).parse_args())
