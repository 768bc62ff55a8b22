# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Hooks into a training loop, for one listener or many."""

from __future__ import annotations


class Callback:
    """What a training loop calls. Every hook does nothing until a subclass gives it a meaning."""

    def on_train_begin(self) -> None:
        """Training begins."""

    def on_train_end(self) -> None:
        """Training has ended."""

    def on_epoch_begin(self) -> None:
        """An epoch begins."""

    def on_epoch_end(self) -> None:
        """An epoch has ended."""

    def on_step_begin(self) -> None:
        """A training step begins."""

    def on_step_end(self) -> None:
        """A training step has ended."""

    def on_evaluate(self, metric: float) -> None:
        """The model was evaluated; `metric` is what came out."""

    def on_instruction_begin(self, name: str) -> None:
        """An instruction of a pipeline schedule, like "forward", begins."""

    def on_instruction_end(self, name: str) -> None:
        """An instruction of a pipeline schedule has ended."""


class CallbackSet(Callback):
    """Passes every call on to several callbacks, in their order."""

    def __init__(self, callbacks: list[Callback]) -> None:
        self.callbacks = callbacks

    def on_train_begin(self) -> None:
        """Training begins."""
        for callback in self.callbacks:
            callback.on_train_begin()

    def on_train_end(self) -> None:
        """Training has ended."""
        for callback in self.callbacks:
            callback.on_train_end()

    def on_epoch_begin(self) -> None:
        """An epoch begins."""
        for callback in self.callbacks:
            callback.on_epoch_begin()

    def on_epoch_end(self) -> None:
        """An epoch has ended."""
        for callback in self.callbacks:
            callback.on_epoch_end()

    def on_step_begin(self) -> None:
        """A training step begins."""
        for callback in self.callbacks:
            callback.on_step_begin()

    def on_step_end(self) -> None:
        """A training step has ended."""
        for callback in self.callbacks:
            callback.on_step_end()

    def on_evaluate(self, metric: float) -> None:
        """The model was evaluated; `metric` is what came out."""
        for callback in self.callbacks:
            callback.on_evaluate(metric)

    def on_instruction_begin(self, name: str) -> None:
        """An instruction of a pipeline schedule, like "forward", begins."""
        for callback in self.callbacks:
            callback.on_instruction_begin(name)

    def on_instruction_end(self, name: str) -> None:
        """An instruction of a pipeline schedule has ended."""
        for callback in self.callbacks:
            callback.on_instruction_end(name)
