# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""ImageNet on one GPU, its energy and power on Prometheus while it trains."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from zeus.device import get_cpus
from zeus.metric import EnergyCumulativeCounter, EnergyHistogram, PowerGauge
from zeus.simulator import step_with_torch

Pictures: TypeAlias = Dataset[tuple[Tensor, ...]]
Loader: TypeAlias = DataLoader[tuple[Tensor, ...]]


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("data", metavar="DIR", nargs="?", help="the ImageNet folder, with train/ and val/ in it")
    add("--dummy", action="store_true", help="a small model on generated pictures instead")
    add("-a", "--arch", default="resnet18", help="the model, of torchvision (%(default)s)")
    add("-j", "--workers", default=4, type=int, metavar="N", help="loading data (%(default)s)")
    add("--epochs", default=90, type=int, metavar="N", help="how many to train (%(default)s)")
    add("-b", "--batch_size", default=256, type=int, metavar="N", help="%(default)s")
    add("--lr", "--learning_rate", default=0.1, type=float, metavar="LR", help="%(default)s")
    add("--momentum", default=0.9, type=float, metavar="M", help="%(default)s")
    add("--wd", "--weight_decay", default=1e-4, type=float, metavar="W", help="%(default)s")
    add("--seed", default=None, type=int, help="of weights and generated pictures")
    add("--gpu", default=0, type=int, metavar="N", help="which one (%(default)s)")
    add("--pushgateway", default="localhost:9091", metavar="HOST:PORT", help="%(default)s")
    add("--update_period", default=2.0, type=float, metavar="S", help="of pushes (%(default)s)")
    return parser.parse_args()


def generated(count: int, size: int = 32, classes: int = 10) -> Pictures:
    """Noise in which each class has a colour of its own."""
    labels = torch.arange(count) % classes
    colours = torch.randn(classes, 3, 1, 1)
    pictures: Pictures = TensorDataset(torch.randn(count, 3, size, size) + colours[labels], labels)
    return pictures


def of_folder(folder: Path) -> Pictures:
    """ImageNet's pictures."""
    from torchvision import datasets, transforms

    pictures: Pictures = datasets.ImageFolder(
        str(folder),
        transforms.Compose(
            [
                transforms.Resize(256),
                transforms.CenterCrop(224),
                transforms.ToTensor(),
                transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
            ]
        ),
    )
    return pictures


def small_model() -> nn.Module:
    """For any CPU."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 10),
    )


def train(
    model: nn.Module, loader: Loader, optimizer: torch.optim.Optimizer, device: torch.device
) -> None:
    """One epoch."""
    model.train()
    criterion = nn.CrossEntropyLoss()
    for images, target in loader:
        loss = criterion(model(images.to(device)), target.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@torch.no_grad()
def accuracy(model: nn.Module, loader: Loader, device: torch.device) -> float:
    """In %."""
    model.eval()
    correct = count = 0
    for images, target in loader:
        guesses = model(images.to(device)).argmax(dim=1)
        correct += int((guesses == target.to(device)).sum())
        count += len(target)
    return 100 * correct / count


def main() -> None:
    """Trains; what the Pushgateway gets meanwhile is in the README."""
    args = parse_args()
    if args.seed is not None:
        torch.manual_seed(args.seed)
    device = torch.device("cuda", args.gpu) if torch.cuda.is_available() else torch.device("cpu")
    if args.dummy:
        model, training_set, validation_set = small_model(), generated(1000), generated(100)
    elif args.data is None:
        raise SystemExit("give the ImageNet folder, or --dummy for generated pictures")
    else:
        model = getattr(importlib.import_module("torchvision.models"), args.arch)()
        folder = Path(args.data)
        training_set, validation_set = of_folder(folder / "train"), of_folder(folder / "val")
    model = model.to(device)
    optimizer = torch.optim.SGD(
        model.parameters(), args.lr, momentum=args.momentum, weight_decay=args.wd
    )
    train_loader = DataLoader(training_set, args.batch_size, shuffle=True, num_workers=args.workers)
    validation_loader = DataLoader(validation_set, args.batch_size, num_workers=args.workers)

    cpus = list(range(len(get_cpus())))  # Those whose energy can be measured here.
    # The energy of each epoch.
    histogram = EnergyHistogram(cpus, [args.gpu], args.pushgateway, job="training_energy_histogram")
    # The energy since the beginning.
    counter = EnergyCumulativeCounter(
        cpus, [args.gpu], args.update_period, args.pushgateway, job="training_energy_counter"
    )
    # The power now.
    gauge = PowerGauge([args.gpu], args.update_period, args.pushgateway, job="training_power_gauge")
    # On simulated GPUs an update takes as long as their power limit makes it; on real ones this
    # does nothing.
    step_with_torch([args.gpu])

    gauge.begin_window("epoch_power")
    counter.begin_window("epoch_energy")
    for epoch in range(args.epochs):
        histogram.begin_window("training_energy")
        train(model, train_loader, optimizer, device)
        histogram.end_window("training_energy")
        right = accuracy(model, validation_loader, device)
        print(f"Epoch {epoch}: {right:.2f} % of the validation set are right", flush=True)
    counter.end_window("epoch_energy")
    gauge.end_window("epoch_power")


if __name__ == "__main__":
    main()
