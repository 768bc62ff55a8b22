# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Residual networks (He et al., 2015, arXiv:1512.03385), for where torchvision is not installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, images: Tensor) -> Tensor:
        """The block's output."""
        return torch.relu(self.convolutions(images) + self.shortcut(images))


class ResNet(nn.Module):
    """A residual network for pictures with three colours.

    Args:
        blocks: How many there are of each width; each width is twice the one before.
        width: The first one.
        classes: To tell apart.
    """

    def __init__(self, blocks: Sequence[int], width: int = 64, classes: int = 1000) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        ]
        inputs = width
        for stage, count in enumerate(blocks):
            outputs = width * 2**stage
            for number in range(count):
                layers.append(Block(inputs, outputs, 2 if stage > 0 and number == 0 else 1))
                inputs = outputs
        self.layers = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.classifier = nn.Linear(inputs, classes)

    def forward(self, images: Tensor) -> Tensor:
        """A score a class, for each picture."""
        scores: Tensor = self.classifier(self.layers(images))
        return scores


ARCHITECTURES: dict[str, Callable[[], nn.Module]] = {
    "resnet8": partial(ResNet, [1, 1, 1], width=8, classes=10),
    "resnet18": partial(ResNet, [2, 2, 2, 2]),
    "resnet34": partial(ResNet, [3, 4, 6, 3]),
}
"""By name. resnet8 is small enough for any CPU."""
