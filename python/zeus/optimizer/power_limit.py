# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the GPU power limit that is best by the user's measure, while training runs."""

from __future__ import annotations

import atexit
import contextlib
import logging
import operator
import os
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zeus import _machine, _zeus
from zeus._log import follow_logging
from zeus.callback import Callback
from zeus.communicator import Communicator
from zeus.device.gpu.common import ZeusGPUNoPermissionError
from zeus.monitor.energy import ZeusMonitor
from zeus.optimizer import _progress
from zeus.optimizer._selectors import (
    Energy,
    LeastEnergyWithinSlowdown,
    MaxSlowdownConstraint,
    OptimumSelector,
    Point,
    Time,
    ZeusCost,
    whole_if_whole,
)
from zeus.optimizer._states import (
    Done,
    PowerLimitMeasurement,
    Profiling,
    Ready,
    State,
    Stopped,
    Waiting,
    Warmup,
    make_state,
)

if TYPE_CHECKING:
    from zeus.optimizer._hugging_face import HFGlobalPowerLimitOptimizer

__all__ = [
    "Done",
    "Energy",
    "GlobalPowerLimitOptimizer",
    "HFGlobalPowerLimitOptimizer",
    "LeastEnergyWithinSlowdown",
    "MaxSlowdownConstraint",
    "OptimumSelector",
    "PowerLimitMeasurement",
    "Profiling",
    "Ready",
    "Stopped",
    "Time",
    "Waiting",
    "Warmup",
    "ZeusCost",
]

logger = logging.getLogger(__name__)

_MILLIWATTS = 1000
_MOST_STEPS = 2**31 - 1

_HOOKS = (
    "on_train_begin",
    "on_epoch_begin",
    "on_step_begin",
    "on_step_end",
    "on_pause",
    "on_epoch_end",
    "on_train_end",
)

_NO_RIGHTS = (
    "Setting GPU power limits needs root or the SYS_ADMIN capability: run as root, or give a "
    "container --cap-add SYS_ADMIN. The driver said: {}"
)

_alive: weakref.WeakSet[GlobalPowerLimitOptimizer] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for optimizer in list(_alive):
        optimizer.close()


def _steps(name: str, value: int, least: int) -> int:
    try:
        steps = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}") from None
    if steps < least:
        raise ValueError(f"{name} must be at least {least}, got {steps}")
    if steps > _MOST_STEPS:
        raise ValueError(f"{name} must be at most {_MOST_STEPS}, got {steps}")
    return steps


def _watts(name: str, value: float) -> float:
    try:
        return float(value) if not isinstance(value, str) else operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a number of watts, not {type(value).__name__}") from None


def _select_with(selector: OptimumSelector) -> Callable[[list[Point]], float]:
    def select(points: list[Point]) -> float:
        return selector.select(
            [
                PowerLimitMeasurement(power_limit=whole_if_whole(limit), energy=energy, time=time)
                for limit, energy, time in points
            ]
        )

    return select


class GlobalPowerLimitOptimizer(Callback):
    """Finds the best GPU power limit while training runs, and sets it.

    Call its hooks from the training loop:

        monitor = ZeusMonitor()
        plo = GlobalPowerLimitOptimizer(monitor)
        for epoch in range(epochs):
            plo.on_epoch_begin()
            for x, y in train_dataloader:
                plo.on_step_begin()
                ...
                plo.on_step_end()
            plo.on_epoch_end()

    `wait_steps` steps pass; then, for each limit from the highest down, `warmup_steps` steps pass
    unmeasured and `profile_steps` are measured, over as many epochs as it takes; then the selector
    picks. The limits that were there before come back at `on_train_end`, at `close` and when the
    process exits.

    Everything that can be wrong is found by the constructor. After that no hook raises: a failure
    ends the tuning, not the training (`state` is then `Stopped`, one warning says why). Only
    KeyboardInterrupt and SystemExit pass, after the limits are back.

    In torch.distributed every rank makes its own, with a monitor of its own GPU; they agree.

    Attributes:
        monitor: As given.
        optimum_selector: As given, or the default.
        warmup_steps: As given.
        profile_steps: As given.
        pl_step: In mW.
        profile_path: As given, a Path or None.
        power_limits: The limits of the sweep in mW, highest first.
    """

    def __init__(
        self,
        monitor: ZeusMonitor,
        optimum_selector: OptimumSelector | None = None,
        wait_steps: int = 1,
        warmup_steps: int = 10,
        profile_steps: int = 40,
        pl_step: int = 25,
        profile_path: str | os.PathLike[str] | None = None,
        *,
        max_power_limit: float | None = None,
        communicator: Communicator | None = None,
        local_gpu_index: int | None = None,
        construction_timeout: float = 60.0,
        progress: bool | None = None,
    ) -> None:
        """Checks parameters, rights and files, agrees with other ranks, loads what is known.

        Args:
            monitor: Measures the steps. Its GPUs are the ones optimized.
            optimum_selector: What "best" means. None for `ZeusCost` with eta_knob 0.5 and the
                number of GPUs of the job.
            wait_steps: Steps that pass at the very beginning, for a framework's own tuning; >= 0.
            warmup_steps: Steps that pass unmeasured after each change of the limit; >= 0.
            profile_steps: Steps that are measured, a limit; >= 1.
            pl_step: Between one limit and the next, in W.
            profile_path: A JSON file. Where it exists it is read and nothing is profiled; otherwise
                it is written when profiling is finished, and `<profile_path>.partial` keeps what
                an unfinished job has measured, for the next one to go on from.
            max_power_limit: The highest limit to explore, in W. None: on each GPU the limit that is
                there now.
            communicator: How the job's ranks agree. None: through torch.distributed where it is
                initialized, else the job is this process.
            local_gpu_index: Where several ranks monitor the same GPUs: the index of the one that
                this rank trains on.
            construction_timeout: How long to wait here for the other ranks, in s.
            progress: Whether rank 0 shows a line on stderr while it profiles: the limit, which of
                how many, the steps left. None: where stderr is a terminal and tqdm is installed.

        Raises:
            ValueError: A parameter is out of range (the message names it), the profile can't be
                used, or the GPUs' power limit ranges differ.
            RuntimeError: There are no rights to set power limits, or the ranks can't agree.
            ZeusGPUInitError: There is no GPU driver.
            ZeusGPUHeterogeneousError: The GPUs are not of one model.
            OSError: The profile can't be read or written.
            ImportError: `progress` is True and tqdm is not installed.
        """
        if communicator is None:
            communicator = _communicator_of_the_job()
        follow_logging()
        with _telling_the_others(communicator, construction_timeout):
            wait_steps = _steps("wait_steps", wait_steps, 0)
            warmup_steps = _steps("warmup_steps", warmup_steps, 0)
            profile_steps = _steps("profile_steps", profile_steps, 1)
            pl_step_w = _watts("pl_step", pl_step)
            if not pl_step_w > 0:
                raise ValueError(f"pl_step must be positive, got {pl_step}")
            if optimum_selector is not None and not callable(
                getattr(optimum_selector, "select", None)
            ):
                kind = type(optimum_selector).__name__
                raise TypeError(f"optimum_selector must be an OptimumSelector, not {kind}")
            if max_power_limit is not None:
                max_power_limit = _watts("max_power_limit", max_power_limit)
            if local_gpu_index is None:
                local_gpu_index = getattr(communicator, "local_gpu_index", None)
            if local_gpu_index is not None:
                local_gpu_index = operator.index(local_gpu_index)
            timeout_s = float(construction_timeout)
            wants_progress = _progress.is_wanted(progress)
            self.monitor = monitor
            self.warmup_steps = warmup_steps
            self.profile_steps = profile_steps
            self.pl_step = round(pl_step_w * _MILLIWATTS)
            self.profile_path = None if profile_path is None else Path(profile_path)
            gpus = _machine.gpus(monitor.gpu_indices)
        try:
            self._engine = _zeus.GlobalPowerLimitOptimizer(
                monitor=monitor,
                gpus=gpus,
                select=None if optimum_selector is None else _select_with(optimum_selector),
                communicator=communicator,
                wait_steps=wait_steps,
                warmup_steps=warmup_steps,
                profile_steps=profile_steps,
                pl_step=pl_step_w,
                profile_path=None if profile_path is None else os.fspath(profile_path),
                max_power_limit=max_power_limit,
                local_gpu_index=local_gpu_index,
                construction_timeout=timeout_s,
            )
        except ZeusGPUNoPermissionError as error:
            raise RuntimeError(_NO_RIGHTS.format(error)) from error
        self.optimum_selector: OptimumSelector = optimum_selector or ZeusCost(
            eta_knob=0.5, world_size=self._engine.gpu_count
        )
        self.power_limits: list[int] = self._engine.power_limits
        self._progress: _progress.ProgressLine | None = None
        is_first = communicator is None or communicator.rank() == 0
        if wants_progress and is_first and isinstance(self.state, (Ready, Warmup, Profiling)):
            self._progress = _progress.ProgressLine(
                self._engine, warmup_steps, profile_steps, weakref.WeakMethod(self._end_progress)
            )
        self._bind_hooks()
        _alive.add(self)

    def _bind_hooks(self) -> None:
        """Puts the engine's methods right into this object, but for those a subclass overrides."""
        for name in _HOOKS:
            if getattr(type(self), name) is getattr(GlobalPowerLimitOptimizer, name):
                self.__dict__[name] = getattr(self._progress, name, None) or self._engine.hook(name)

    def _end_progress(self) -> None:
        self._progress = None
        self._bind_hooks()

    @property
    def state(self) -> State:
        """Where the optimizer is: Ready, Warmup, Profiling, Waiting, Done or Stopped."""
        return make_state(*self._engine.state)

    @property
    def current_power_limit(self) -> int:
        """The limit that was set last in mW; where the earlier limits are back, the highest."""
        return self._engine.current_power_limit

    @property
    def measurements(self) -> list[PowerLimitMeasurement]:
        """What is measured so far, one a power limit."""
        return [
            PowerLimitMeasurement(power_limit=whole_if_whole(limit), energy=energy, time=time)
            for limit, energy, time in self._engine.measurements
        ]

    def on_train_begin(self) -> None:
        """Training begins, or begins again: sets the best limit if it is known. Optional."""
        self._engine.on_train_begin()

    def on_epoch_begin(self) -> None:
        """An epoch begins."""
        self._engine.on_epoch_begin()

    def on_step_begin(self) -> None:
        """A training step begins: all that happens, happens here."""
        (self._progress or self._engine).on_step_begin()

    def on_step_end(self) -> None:
        """A training step has ended."""
        self._engine.on_step_end()

    def on_pause(self) -> None:
        """What follows is no training (evaluation, a checkpoint): measuring rests till a step."""
        self._engine.on_pause()

    def on_epoch_end(self) -> None:
        """An epoch has ended: measuring rests till the next step."""
        self._engine.on_epoch_end()

    def on_train_end(self) -> None:
        """Training is over: the limits that were there come back. It may begin again."""
        (self._progress or self._engine).on_train_end()

    def close(self) -> None:
        """Puts the limits back that were there and ends the tuning. May be called again."""
        if self._progress is not None:
            self._progress.close()
        self._engine.close()


@contextlib.contextmanager
def _telling_the_others(communicator: Communicator | None, timeout_s: float) -> Iterator[None]:
    """Reports an exception to the other ranks, which would wait for this one in vain.

    It is this rank's part in what ranks do together at construction, so that all are in step when
    they try again.
    """
    try:
        yield
    except Exception as error:
        if communicator is not None and communicator.world_size() > 1:
            is_usable = isinstance(timeout_s, (int, float)) and timeout_s > 0
            try:
                _zeus.tell_failed_construction(
                    communicator, str(error), timeout_s if is_usable else 60.0
                )
            except Exception as silence:
                logger.debug("The other ranks could not be told: %s", silence)
        raise


def _communicator_of_the_job() -> Communicator | None:
    """How this job's ranks agree; None where it is one process."""
    if "torch" not in sys.modules:
        return None
    from zeus._distributed import communicator_if_distributed

    return communicator_if_distributed()


def __getattr__(name: str) -> Any:
    # Importing transformers takes seconds and brings PyTorch: only for who asks.
    if name == "HFGlobalPowerLimitOptimizer":
        from zeus.optimizer._hugging_face import HFGlobalPowerLimitOptimizer

        globals()[name] = HFGlobalPowerLimitOptimizer
        return HFGlobalPowerLimitOptimizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
