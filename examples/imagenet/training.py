# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What the programs in this folder share: arguments, pictures, models, validation, the report."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import torch
from resnet import ARCHITECTURES
from torch import Tensor, nn
from torch.utils.data import Dataset
from tqdm import tqdm

from zeus.optimizer.power_limit import Done, GlobalPowerLimitOptimizer
from zeus.simulator import is_simulated
from zeus.utils.env import get_env

say: Callable[[str], None] = tqdm.write
"""Prints a line without disturbing the progress line."""

Pictures: TypeAlias = Dataset[tuple[Tensor, int]]


def argument_parser(description: str) -> argparse.ArgumentParser:
    """The arguments that all programs of this folder have."""
    parser = argparse.ArgumentParser(description=description)
    add = parser.add_argument
    add("data", metavar="DIR", nargs="?", help="the ImageNet folder, with train/ and val/ in it")
    add("--dummy", action="store_true", help="train on generated pictures instead of DIR")
    add("--dummy_images", type=int, default=10_000, metavar="N", help="how many (%(default)s)")
    add("--image_size", type=int, default=224, metavar="PIXELS", help="of a side (%(default)s)")
    add("-a", "--arch", default="resnet18", help="the model (%(default)s)")
    add("-j", "--workers", default=4, type=int, metavar="N", help="loading data (%(default)s)")
    add("--epochs", default=90, type=int, metavar="N", help="how many to train (%(default)s)")
    add("-b", "--batch_size", default=256, type=int, metavar="N", help="of all GPUs (%(default)s)")
    add("--lr", "--learning_rate", default=0.1, type=float, metavar="LR", help="%(default)s")
    add("--momentum", default=0.9, type=float, metavar="M", help="%(default)s")
    add("--wd", "--weight_decay", default=1e-4, type=float, metavar="W", help="%(default)s")
    add("-p", "--print_freq", default=10, type=int, metavar="N", help="in steps (%(default)s)")
    add("--seed", default=None, type=int, help="of weights and generated pictures")
    zeus = parser.add_argument_group("power limit optimizer")
    add = zeus.add_argument
    slowdown = get_env("ZEUS_MAX_SLOWDOWN", float, 1.1)
    add("--max_slowdown", default=slowdown, type=float, help="allowed, as a factor (%(default)s)")
    add("--warmup_steps", default=10, type=int, metavar="N", help="a power limit (%(default)s)")
    add("--profile_steps", default=40, type=int, metavar="N", help="a power limit (%(default)s)")
    add("--pl_step", default=25, type=int, metavar="WATTS", help="between limits (%(default)s)")
    add("--profile_path", default=None, type=Path, metavar="FILE", help="keep what was measured")
    return parser


class GeneratedPictures(Dataset[tuple[Tensor, int]]):
    """Noise in which each class has a colour of its own: enough to learn something from."""

    def __init__(self, count: int, size: int, seed: int, classes: int = 10) -> None:
        self.count = count
        self.size = size
        self.seed = seed
        colours = torch.Generator().manual_seed(seed)
        self.colours = torch.randn(classes, 3, 1, 1, generator=colours)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        label = index % len(self.colours)
        noise = torch.Generator().manual_seed(self.seed + index)
        picture = torch.randn(3, self.size, self.size, generator=noise)
        return picture + self.colours[label], label


def _pictures_of(folder: Path, size: int, is_training: bool) -> Pictures:
    from torchvision import datasets, transforms

    if is_training:
        cut = [transforms.RandomResizedCrop(size), transforms.RandomHorizontalFlip()]
    else:
        cut = [transforms.Resize(size * 8 // 7), transforms.CenterCrop(size)]
    normalize = transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    pictures: Pictures = datasets.ImageFolder(
        str(folder), transforms.Compose([*cut, transforms.ToTensor(), normalize])
    )
    return pictures


def make_datasets(args: argparse.Namespace) -> tuple[Pictures, Pictures]:
    """What to train on and what to validate with.

    Raises:
        SystemExit: The arguments name neither a folder nor generated pictures.
    """
    if args.dummy:
        seed = args.seed or 0
        validation = max(1, args.dummy_images // 10)
        return (
            GeneratedPictures(args.dummy_images, args.image_size, seed),
            GeneratedPictures(validation, args.image_size, seed),
        )
    if args.data is None:
        raise SystemExit("give the ImageNet folder, or --dummy for generated pictures")
    folder = Path(args.data)
    try:
        return (
            _pictures_of(folder / "train", args.image_size, is_training=True),
            _pictures_of(folder / "val", args.image_size, is_training=False),
        )
    except ModuleNotFoundError as error:
        raise SystemExit("reading ImageNet needs torchvision: pip install torchvision") from error


def make_model(args: argparse.Namespace) -> nn.Module:
    """The model of the name: torchvision's where it is installed, else one of resnet.py.

    Raises:
        SystemExit: There is none of that name.
    """
    known: dict[str, Callable[[], nn.Module]] = dict(ARCHITECTURES)
    try:
        models = importlib.import_module("torchvision.models")
    except ImportError:
        pass
    else:
        known |= {name: getattr(models, name) for name in models.list_models(module=models)}
    if args.arch not in known:
        raise SystemExit(f"there is no model '{args.arch}': {', '.join(sorted(known))}")
    if args.seed is not None:
        torch.manual_seed(args.seed)
    return known[args.arch]()


def device_of(gpu: int) -> torch.device:
    """The GPU; the CPU where PyTorch sees none."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.cuda.set_device(gpu)
    return torch.device("cuda", gpu)


@torch.no_grad()
def count_correct(
    model: nn.Module, loader: torch.utils.data.DataLoader[tuple[Tensor, int]], device: torch.device
) -> Tensor:
    """How many pictures the model names right, and how many there are."""
    model.eval()
    counts = torch.zeros(2, device=device)
    for images, target in loader:
        guesses = model(images.to(device)).argmax(dim=1)
        counts[0] += (guesses == target.to(device)).sum()
        counts[1] += len(target)
    model.train()
    return counts


def report(plo: GlobalPowerLimitOptimizer, energy: float, time: float) -> None:
    """Says what was measured, what was chosen, and what all of the training took."""
    simulated = " (simulated)" if is_simulated() else ""
    for point in plo.measurements:
        limit = f"{point.power_limit:g} W"
        say(f"{limit:>6}: {point.energy:.0f} J, {point.time:.2f} s{simulated}")
    if isinstance(plo.state, Done):
        say(f"The best power limit: {plo.state.optimal_power_limit / 1000:g} W{simulated}")
    else:
        say(f"The best power limit is not known yet: {plo.state}")
    say(f"Training: {energy:.0f} J, {time:.1f} s{simulated}")
