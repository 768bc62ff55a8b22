# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the GPU power limit that is best by the user's measure, while training runs."""

from __future__ import annotations

import operator
import os
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from zeus import _machine, _zeus
from zeus._per_process import OnePerProcess
from zeus.callback import Callback
from zeus.communicator import Communicator
from zeus.device.gpu.common import ZeusGPUNoPermissionError
from zeus.monitor.energy import ZeusMonitor
from zeus.optimizer import _parameters, _progress
from zeus.optimizer._at_exit import close_at_exit
from zeus.optimizer._hooks import bind_hooks
from zeus.optimizer._ranks import communicator_of_the_job, telling_the_others
from zeus.optimizer._report import (
    ExpectedGain,
    LongSteps,
    ProbeResult,
    TuningProgress,
    TuningReport,
    make_progress,
    make_report,
)
from zeus.optimizer._selectors import (
    Energy,
    LeastEnergyWithinSlowdown,
    MaxSlowdownConstraint,
    OptimumSelector,
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
from zeus.optimizer._unfinished import UnfinishedTuning

if TYPE_CHECKING:
    from zeus.optimizer._hugging_face import HFGlobalPowerLimitOptimizer

__all__ = [
    "Done",
    "Energy",
    "ExpectedGain",
    "GlobalPowerLimitOptimizer",
    "HFGlobalPowerLimitOptimizer",
    "LeastEnergyWithinSlowdown",
    "LongSteps",
    "MaxSlowdownConstraint",
    "OptimumSelector",
    "PowerLimitMeasurement",
    "ProbeResult",
    "Profiling",
    "Ready",
    "Stopped",
    "Time",
    "TuningProgress",
    "TuningReport",
    "Waiting",
    "Warmup",
    "ZeusCost",
]

_MILLIWATTS = 1000


class GlobalPowerLimitOptimizer(OnePerProcess, Callback):
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
    picks. The limits that were there before come back at `on_train_end`, at `close`, when the
    process exits and, until the next step, when no hook was called for `idle_timeout`. As a context
    manager the optimizer closes itself, also when an exception ends the training:

        with GlobalPowerLimitOptimizer(monitor) as plo:
            train(plo)

    A second optimizer on the same GPUs takes them over: the first one is closed, and the limits
    from before the first one are those that the second one restores.

    Everything that can be wrong is found by the constructor. After that no hook raises: a failure
    ends the tuning, not the training (`state` is then `Stopped`, one warning says why). What
    interrupts the program itself passes, after the limits are back: KeyboardInterrupt and whatever
    else isn't an `Exception`, what a signal handler raises, and exceptions of the program's own
    classes, derived straight from `Exception`, out of a synchronization or a log handler.

    In torch.distributed every rank makes its own, with a monitor of its own GPU; they agree.

    Attributes:
        monitor: As given.
        optimum_selector: As given, or the default.
        warmup_steps: As given.
        profile_steps: As given.
        pl_step: In mW.
        profile_path: As given, a Path or None.
        power_limits: The limits that may be probed in mW, highest first; a sweep probes all.
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
            construction_timeout: How long to wait here for the other ranks, in s. While one of
                them waits for another job (`when_busy`), the limit starts anew at half this time.
            progress: Whether rank 0 shows a line on stderr while it profiles: the limit, which of
                how many, the steps left. None: where stderr is a terminal and tqdm is installed.
            idle_timeout: When no hook is called for this long, in s, training is taken to have
                ended: the earlier limits come back until the next step. None: ten of the longest
                steps but at least 30 s while searching, 10 min when done.
            wanted_error: Profile each limit until time and energy of a step are known to this, one
                standard deviation as a share (0.01 is a good value), for `profile_steps` to 160
                steps or 30 s. Stalls and the like are left out; the highest limit and the choice
                are profiled twice. None: exactly `profile_steps` steps, all counted.
            guard: If the program that restores the limits of a killed process can't be started,
                "auto" logs a warning and "require" raises.
            when_busy: What to do when another job tunes one of the GPUs. "refuse": raise. "wait":
                until that job has ended; a warning names its process, and Ctrl-C ends the wait.
                "measure_only": train without tuning; no GPU's limit is set, and
                `report().stopped_because` says why. The same on all ranks.
            search: "sweep": every limit from the highest to the lowest, `pl_step` apart.
                "adaptive": about five limits, each where the ones before it promise most;
                `report().choice_reason` says what is gained and how sure that is. The same on all
                ranks.
            host_power: What the host draws per GPU beside it, in W: it enters the energy that
                selectors see, since slower steps take more of it. "rapl": the CPU packages and
                their memory, measured while the search runs.
            retune_on_drift: Whether to search again, around the choice, when steps take more or
                less time than when it was made, or rank 0's GPUs draw more or less power, by 4 %
                or more for several minutes without pauses and evaluations. None: with `search`
                "adaptive" or a `wanted_error`. The same on all ranks.
            drift_interval: How long a choice is held at least before that, in s.

        Raises:
            ValueError: A parameter is out of range (the message names it), the profile can't be
                used, or the GPUs' power limit ranges differ.
            RuntimeError: There are no rights to set power limits, or the ranks can't agree.
            ZeusBaseGPUError: Another job tunes one of the GPUs and `when_busy` is "refuse", or
                there can be no guard and `guard` is "require".
            ZeusGPUInitError: There is no GPU driver.
            ZeusGPUHeterogeneousError: The GPUs are not of one model.
            OSError: The profile can't be read or written.
            ImportError: `progress` is True and tqdm is not installed.
        """
        if communicator is None:
            communicator = communicator_of_the_job()
        with telling_the_others(communicator, construction_timeout):
            wait_steps = _parameters.whole_steps("wait_steps", wait_steps, 0)
            warmup_steps = _parameters.whole_steps("warmup_steps", warmup_steps, 0)
            profile_steps = _parameters.whole_steps("profile_steps", profile_steps, 1)
            pl_step_w = _parameters.positive_watts("pl_step", pl_step)
            if max_power_limit is not None:
                max_power_limit = _parameters.watts("max_power_limit", max_power_limit)
            local_gpu_index = _parameters.local_gpu_index_of(local_gpu_index, communicator)
            timeout_s = float(construction_timeout)
            idle_timeout_s = None if idle_timeout is None else float(idle_timeout)
            _parameters.require_known_words(guard=guard, when_busy=when_busy, search=search)
            select = _parameters.selection_of(optimum_selector, search)
            host_power_w, measured_host = _parameters.host_power_of(host_power)
            wants_progress = _progress.is_wanted(progress)
            self.monitor = monitor
            self.warmup_steps = warmup_steps
            self.profile_steps = profile_steps
            self.pl_step = round(pl_step_w * _MILLIWATTS)
            self.profile_path = None if profile_path is None else Path(os.fsdecode(profile_path))
            gpus = _machine.gpus(monitor.gpu_indices)
        try:
            self._engine = _zeus.GlobalPowerLimitOptimizer(
                monitor=monitor,
                gpus=gpus,
                select=select,
                communicator=communicator,
                wait_steps=wait_steps,
                warmup_steps=warmup_steps,
                profile_steps=profile_steps,
                pl_step=pl_step_w,
                profile_path=None if profile_path is None else os.fsencode(profile_path),
                max_power_limit=max_power_limit,
                local_gpu_index=local_gpu_index,
                construction_timeout=timeout_s,
                idle_timeout=idle_timeout_s,
                wanted_error=None if wanted_error is None else float(wanted_error),
                guard=guard,
                when_busy=when_busy,
                search=search,
                host_power=host_power_w,
                measured_host=measured_host,
                retune_on_drift=None if retune_on_drift is None else bool(retune_on_drift),
                drift_interval=float(drift_interval),
            )
        except ZeusGPUNoPermissionError as error:
            raise RuntimeError(_parameters.NO_RIGHTS.format(error)) from error
        self.optimum_selector: OptimumSelector = optimum_selector or ZeusCost(
            eta_knob=0.5, world_size=self._engine.gpu_count
        )
        self.power_limits: list[int] = self._engine.power_limits
        self._unfinished = UnfinishedTuning(self._engine, profile_path is not None)
        self._progress: _progress.ProgressLine | None = None
        is_first = communicator is None or communicator.rank() == 0
        if wants_progress and is_first and isinstance(self.state, (Ready, Warmup, Profiling)):
            self._progress = _progress.ProgressLine(
                self._engine, weakref.WeakMethod(self._end_progress)
            )
        self._bind_hooks()
        close_at_exit(self)

    def _bind_hooks(self) -> None:
        bind_hooks(self, GlobalPowerLimitOptimizer, self._engine, self._progress)

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

    def progress(self) -> TuningProgress:
        """How far the search is."""
        return make_progress(*self._engine.progress())

    def report(self) -> TuningReport:
        """What the search found, with the uncertainty of each figure."""
        return make_report(*self._engine.report())

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
        self._unfinished.note_progress()
        self._unfinished.tell()

    def on_train_interrupted(self) -> None:
        """An exception that the program catches has left the training.

        The limits that were there come back, and the steps since the last pause don't count.
        Training may begin again.
        """
        (self._progress or self._engine).on_train_interrupted()

    def on_batch_size(self, samples: int) -> None:
        """Reports how many samples a step has now, where the program knows.

        When that changes, what was measured is void and the search starts anew.
        """
        self._engine.on_batch_size(operator.index(samples))

    def close(self) -> None:
        """Puts the limits back that were there and ends the tuning. May be called again."""
        self._close()
        self._unfinished.tell()

    def _close(self) -> None:
        self._unfinished.note_progress()
        try:
            if self._progress is not None:
                self._progress.close()
        finally:
            self._engine.close()

    def _close_at_exit(self) -> None:
        self._close()
        self._unfinished.tell_at_exit()

    def __enter__(self) -> GlobalPowerLimitOptimizer:
        """Returns the optimizer."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: object) -> None:
        """Closes the optimizer; an exception goes on."""
        if kind is None:
            self.close()
        else:
            self._close()


def __getattr__(name: str) -> Any:
    # Importing transformers takes seconds and brings PyTorch: only where it is used. `import *`
    # asks for every name.
    if name == "HFGlobalPowerLimitOptimizer":
        if "transformers" not in sys.modules:
            from zeus.optimizer import _hugging_face_later

            return _hugging_face_later.HFGlobalPowerLimitOptimizer
        from zeus.optimizer._hugging_face import HFGlobalPowerLimitOptimizer

        globals()[name] = HFGlobalPowerLimitOptimizer
        return HFGlobalPowerLimitOptimizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
