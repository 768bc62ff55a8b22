# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""ImageNet on one GPU, at the power limit that is best for it."""

from __future__ import annotations

import argparse

import torch
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader
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


def main(args: argparse.Namespace) -> None:
    """Trains, validates after each epoch, and says what it took."""
    device = device_of(args.gpu)
    model = make_model(args).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(
        model.parameters(), args.lr, momentum=args.momentum, weight_decay=args.wd
    )
    scheduler = StepLR(optimizer, step_size=30, gamma=0.1)
    training_set, validation_set = make_datasets(args)
    loading = {"batch_size": args.batch_size, "num_workers": args.workers}
    train_loader = DataLoader(training_set, shuffle=True, **loading)
    validation_loader = DataLoader(validation_set, **loading)

    # Measures this GPU's energy.
    monitor = ZeusMonitor(gpu_indices=[args.gpu])
    # Tries power limits while training runs and sets the best, here the lowest that isn't too slow.
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
    step_with_torch([args.gpu])

    monitor.begin_window("training")
    for epoch in range(args.epochs):
        plo.on_epoch_begin()
        for number, (images, target) in enumerate(train_loader):
            plo.on_step_begin()
            images, target = images.to(device), target.to(device)
            loss = criterion(model(images), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            plo.on_step_end()
            if number % args.print_freq == 0:
                say(f"Epoch {epoch}, step {number} of {len(train_loader)}: loss {loss.item():.4f}")
        plo.on_epoch_end()

        correct, count = count_correct(model, validation_loader, device).tolist()
        say(f"Epoch {epoch}: {100 * correct / count:.2f} % of the validation set are right")
        scheduler.step()
    plo.on_train_end()  # The power limit that was there before comes back.
    training = monitor.end_window("training")
    report(plo, training.total_energy, training.time)


if __name__ == "__main__":
    parser = argument_parser(__doc__)
    parser.add_argument("--gpu", default=0, type=int, metavar="N", help="which one (%(default)s)")
    main(parser.parse_args())
