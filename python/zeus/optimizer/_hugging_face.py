# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The power limit optimizer as a callback of Hugging Face's Trainer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from zeus._per_process import OnePerProcess
from zeus.communicator import Communicator
from zeus.monitor.energy import ZeusMonitor
from zeus.optimizer._trainer_guard import guard_trainer_of
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer, OptimumSelector

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments

_Base: Any = object
try:
    from transformers import trainer_callback
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] != "transformers":
        raise
    _is_available = False
else:
    _Base = trainer_callback.TrainerCallback
    _is_available = True


class HFGlobalPowerLimitOptimizer(OnePerProcess, _Base):  # type: ignore[misc]
    """A `transformers.TrainerCallback` around a `GlobalPowerLimitOptimizer`.

        trainer = Trainer(..., callbacks=[HFGlobalPowerLimitOptimizer(ZeusMonitor())])

    Works with Trainer and TRL's trainers. Evaluations and checkpoints inside an epoch are not
    measured (callbacks that ask for them belong before this one in the list); the limits that were
    there before come back when training ends, also when an exception ends it that the program
    catches. When the batch size changes (`auto_find_batch_size`), the search starts anew.

    Attributes:
        optimizer: The `GlobalPowerLimitOptimizer`.
    """

    def __init__(
        self,
        monitor: ZeusMonitor,
        optimum_selector: OptimumSelector | None = None,
        wait_steps: int = 1,
        warmup_steps: int = 10,
        profile_steps: int = 40,
        pl_step: int = 25,
        profile_path: str | bytes | os.PathLike[str] | os.PathLike[bytes] | None = None,
        *,
        max_power_limit: float | None = None,
        communicator: Communicator | None = None,
        local_gpu_index: int | None = None,
        construction_timeout: float = 60.0,
        progress: bool | None = None,
        idle_timeout: float | None = None,
        wanted_error: float | None = None,
        guard: Literal["auto", "require"] = "auto",
        when_busy: Literal["refuse", "wait", "measure_only"] = "refuse",
        search: Literal["sweep", "adaptive"] = "sweep",
        host_power: float | Literal["rapl"] = 0,
        retune_on_drift: bool | None = None,
        drift_interval: float = 1800.0,
    ) -> None:
        """Makes the optimizer; parameters and errors are those of `GlobalPowerLimitOptimizer`.

        Raises:
            ImportError: The package transformers is not installed.
        """
        if not _is_available:
            raise ImportError(
                "HFGlobalPowerLimitOptimizer needs the package transformers: "
                "pip install transformers"
            )
        self.optimizer = GlobalPowerLimitOptimizer(
            monitor,
            optimum_selector,
            wait_steps,
            warmup_steps,
            profile_steps,
            pl_step,
            profile_path,
            max_power_limit=max_power_limit,
            communicator=communicator,
            local_gpu_index=local_gpu_index,
            construction_timeout=construction_timeout,
            progress=progress,
            idle_timeout=idle_timeout,
            wanted_error=wanted_error,
            guard=guard,
            when_busy=when_busy,
            search=search,
            host_power=host_power,
            retune_on_drift=retune_on_drift,
            drift_interval=drift_interval,
        )
        self._reported_batch_size: int | None = (
            None  # as the Trainer counts it: without accumulation
        )

    def on_init_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """The Trainer is made: an exception that ends its training restores the limits."""
        guard_trainer_of(self)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Training begins, or begins again."""
        guard_trainer_of(self)
        self._note_batch_size(args, _batch_size(state) or args.train_batch_size)
        self.optimizer.on_train_begin()

    def on_epoch_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """An epoch begins."""
        self.optimizer.on_epoch_begin()

    def on_step_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """A training step begins, with all the batches that it accumulates."""
        batch_size = _batch_size(state)
        if batch_size is not None and batch_size != self._reported_batch_size:
            self._note_batch_size(args, batch_size)
        self.optimizer.on_step_begin()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """A training step has ended."""
        self.optimizer.on_step_end()
        # The Trainer calls on_evaluate and on_save when these are over.
        if control.should_evaluate or control.should_save:
            self.optimizer.on_pause()

    def on_prediction_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """A batch was evaluated, perhaps by a callback of the user's own."""
        self.optimizer.on_pause()

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """An epoch has ended."""
        self.optimizer.on_epoch_end()

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Training is over."""
        self.optimizer.on_train_end()

    def _note_batch_size(self, args: TrainingArguments, batch_size: int) -> None:
        self._reported_batch_size = batch_size
        self.optimizer.on_batch_size(batch_size * args.gradient_accumulation_steps)


def _batch_size(state: TrainerState) -> int | None:
    # Not every Trainer knows it, nor does every version of transformers.
    return getattr(state, "train_batch_size", None)
