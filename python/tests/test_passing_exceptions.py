# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Exceptions that are no failure of ours leave a hook, once the limits are back."""

import asyncio
import gc
import logging
import os
import signal
import sys
import unittest.mock
from functools import partial

import pytest

from zeus._interruptions import must_pass
from zeus.communicator import Communicator
from zeus.exception import ZeusBaseError
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import (
    Done,
    Energy,
    GlobalPowerLimitOptimizer,
    OptimumSelector,
    Stopped,
)

PRIOR = [225_000]


class OutOfTimeError(Exception):
    """A time limit of the program's own."""


class Limits:
    """What a program's signal handler may be."""

    def __init__(self, error):
        self.error = error

    def method(self, number, frame):
        raise self.error

    def any_arguments(self, *_):
        self.deeper()

    def deeper(self):
        raise self.error

    def of_one_shot(self, number, frame):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        raise self.error

    def __call__(self, number, frame):
        raise self.error


HANDLERS = {
    "a method": lambda error: Limits(error).method,
    "any arguments": lambda error: Limits(error).any_arguments,
    "one shot": lambda error: Limits(error).of_one_shot,
    "an object": Limits,
    "a partial": lambda error: partial(Limits.method, Limits(error)),
    "a mock": lambda error: unittest.mock.Mock(side_effect=error),
}


@pytest.fixture
def alarm():
    """Has SIGALRM handled by a function: alarm(handler)."""
    before = signal.getsignal(signal.SIGALRM)
    yield partial(signal.signal, signal.SIGALRM)
    signal.signal(signal.SIGALRM, before)


def ring():
    os.kill(os.getpid(), signal.SIGALRM)
    sum(range(100))


class At:
    """Calls `action` at the n-th call."""

    def __init__(self, number, action):
        self.number = number
        self.action = action
        self.calls = 0

    def __call__(self, *_):
        self.calls += 1
        if self.calls == self.number:
            self.action()


def raising(error):
    def action():
        raise error

    return action


def steps(box, plo, count=60):
    for _ in range(count):
        plo.on_step_begin()
        box.step()
        plo.on_step_end()


@pytest.fixture
def tune(simulated_gpus):
    """A machine and an optimizer: tune(sync, selector, **parameters)."""

    def make(sync=None, selector=None, **parameters):
        box = simulated_gpus(prior_limit=225)
        monitor = ZeusMonitor(sync_execution_with=sync or (lambda: None))
        parameters = {"warmup_steps": 2, "profile_steps": 3, "pl_step": 50} | parameters
        return box, GlobalPowerLimitOptimizer(monitor, selector or Energy(), **parameters)

    return make


@pytest.fixture
def log_to():
    """Has lines handled by a function: log_to(emit)."""
    logger = logging.getLogger("zeus.optimizer.power_limit")
    handler = logging.Handler()

    def handle(emit):
        handler.emit = emit
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)

    yield handle
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@pytest.mark.parametrize("error", [OutOfTimeError, TimeoutError, RuntimeError, ValueError])
@pytest.mark.parametrize("handler", HANDLERS)
def test_what_a_signal_handler_raises_in_a_synchronization_passes(tune, alarm, handler, error):
    alarm(HANDLERS[handler](error("time is up")))
    box, plo = tune(At(4, ring))
    with pytest.raises(error, match="time is up"):
        steps(box, plo)
    assert box.power_limits == PRIOR


@pytest.mark.parametrize("error", [OutOfTimeError, TimeoutError])
def test_what_a_signal_handler_raises_in_a_selector_passes(tune, alarm, error):
    class Interrupted(OptimumSelector):
        def select(self, measurements):
            ring()

    alarm(Limits(error("time is up")))
    box, plo = tune(selector=Interrupted())
    with pytest.raises(error):
        steps(box, plo)
    assert box.power_limits == PRIOR


class InterruptedMessages:
    def poll(self):
        ring()


class InterruptedRanks(Communicator):
    """Agrees at construction, and is interrupted in the exchange of results."""

    def rank(self):
        return 0

    def world_size(self):
        return 2

    def gather(self, text, timeout_s):
        return [text, text]

    def exchange(self, data):
        return InterruptedMessages()


def test_what_a_signal_handler_raises_in_a_communicator_passes(simulated_gpus, alarm):
    alarm(Limits(TimeoutError("time is up")))
    box = simulated_gpus(prior_limit=225)
    try:
        plo = GlobalPowerLimitOptimizer(
            ZeusMonitor(), Energy(), 0, 1, 1, 50, communicator=InterruptedRanks()
        )
    except TimeoutError:
        pytest.skip("the exchange is polled at construction")
    with pytest.raises(TimeoutError):
        steps(box, plo)
    assert box.power_limits == PRIOR


def test_what_a_signal_handler_raises_in_the_jobs_store_is_no_failure_of_the_store(alarm):
    from zeus._store_communicator import StoreCommunicator

    communicator = object.__new__(StoreCommunicator)
    communicator._failure = None
    alarm(Limits(RuntimeError("time is up")))
    with pytest.raises(RuntimeError, match="^time is up"):  # noqa: SIM117
        with communicator._reaching_the_store():
            ring()
    assert communicator._failure is None


@pytest.mark.parametrize("number", range(1, 12))
@pytest.mark.parametrize("error", [OutOfTimeError, RuntimeError, KeyboardInterrupt])
def test_what_a_signal_handler_raises_in_a_log_handler_passes(tune, alarm, log_to, number, error):
    alarm(Limits(error("time is up")))
    box, plo = tune()
    log_to(At(number, ring))
    with pytest.raises(error):
        steps(box, plo)
    assert box.power_limits == PRIOR


def test_lines_after_an_interrupted_one_are_delivered_later(tune, alarm, log_to):
    box, plo = tune(wait_steps=0)
    told = []

    def emit(record):
        told.append(record.getMessage())
        if len(told) == 1:
            raise OutOfTimeError

    log_to(emit)
    with pytest.raises(OutOfTimeError):
        plo.on_step_begin()
    steps(box, plo, 1)
    assert told[:2] == ["Warming up at 225 W.", "Setting the power limit to 225 W."]


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, OutOfTimeError]
)
@pytest.mark.parametrize("where", ["sync", "log"])
def test_what_interrupts_a_program_passes(tune, log_to, where, error):
    box, plo = tune(At(4, raising(error)) if where == "sync" else None)
    if where == "log":
        log_to(At(4, raising(error)))
    with pytest.raises(error):
        steps(box, plo)
    assert box.power_limits == PRIOR


@pytest.mark.parametrize(
    "error", [OSError, RuntimeError, ValueError, AttributeError, ZeusBaseError]
)
def test_a_synchronization_that_fails_ends_the_tuning(tune, error):
    box, plo = tune(At(4, raising(error("the device is gone"))))
    steps(box, plo)
    assert isinstance(plo.state, Stopped)
    assert box.power_limits == PRIOR


@pytest.mark.parametrize("error", [OutOfTimeError, KeyError, RuntimeError])
def test_a_selector_that_fails_ends_the_tuning(tune, error):
    class Failing(OptimumSelector):
        def select(self, measurements):
            raise error("no such limit")

    box, plo = tune(selector=Failing())
    steps(box, plo)
    assert isinstance(plo.state, Stopped)


def test_a_log_handler_that_fails_ends_nothing(tune, log_to, monkeypatch):
    failures = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: failures.append(it.exc_type))
    box, plo = tune()
    log_to(At(3, raising(KeyError("no such field"))))
    steps(box, plo)
    assert isinstance(plo.state, Done)
    assert failures == [KeyError]


def test_a_log_handler_that_fails_raises_out_of_no_hook_at_the_end_of_training(
    tune, log_to, monkeypatch
):
    failures = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: failures.append(it.exc_type))
    box, plo = tune()
    steps(box, plo, 5)

    def emit(record):
        raise KeyError("no such field")

    log_to(emit)
    plo.on_train_end()  # says that the tuning is not finished
    plo.close()
    assert failures
    assert box.power_limits == PRIOR


def test_a_log_handler_is_interrupted_while_it_is_told_of_a_failure(tune, log_to):
    def emit(record):
        if record.exc_info:
            raise OutOfTimeError

    box, plo = tune(At(4, raising(OSError("the device is gone"))))
    log_to(emit)
    with pytest.raises(OutOfTimeError):
        steps(box, plo)
    assert box.power_limits == PRIOR


def test_a_window_that_is_restarted_takes_no_interruption_for_an_open_one(tune, alarm):
    alarm(Limits(ValueError("time is up")))
    box, plo = tune(wait_steps=0, warmup_steps=1)
    original = plo.monitor.begin_window
    plo.monitor.begin_window = lambda key: (original(key), ring())
    with pytest.raises(ValueError, match="time is up"):
        steps(box, plo)
    assert box.power_limits == PRIOR


def test_training_may_go_on_after_an_exception_that_a_log_handler_passed(tune, log_to):
    box, plo = tune()
    log_to(At(3, raising(OutOfTimeError())))
    with pytest.raises(OutOfTimeError):
        steps(box, plo)
    assert box.power_limits == PRIOR
    steps(box, plo)
    assert isinstance(plo.state, Done)


@pytest.fixture
def construct(simulated_gpus, tmp_path, log_to):
    """Makes an optimizer that sets a known limit; its log raises: (box, construct(error))."""
    box = simulated_gpus(prior_limit=225)
    path = tmp_path / "profile.json"
    path.write_text('{"measurements": [{"power_limit": 150, "energy": 1, "time": 1}]}')

    def make(error):
        def emit(record):
            if "optimal" in record.getMessage():
                raise error

        log_to(emit)
        return GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), profile_path=path)

    return box, make


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_an_interruption_of_the_constructor_leaves_no_limit_set(construct, error):
    box, make = construct
    with pytest.raises(error):
        make(error)
    gc.collect()
    assert box.power_limits == PRIOR


@pytest.mark.parametrize("hook", ["on_step_begin", "on_step_end", "on_train_end", "close"])
def test_a_time_limit_in_the_constructors_log_is_raised_by_the_first_hook(construct, hook):
    box, make = construct
    plo = make(OutOfTimeError)
    assert box.power_limits == [150_000]
    with pytest.raises(OutOfTimeError):
        getattr(plo, hook)()
    assert box.power_limits == PRIOR
    plo.close()
    assert box.power_limits == PRIOR


class InterruptedBar:
    """Stands for tqdm."""

    def __init__(self, method, action):
        self.method = method
        self.action = action
        self.total, self.n, self.desc = 100, 0, ""

    def _at(self, method):
        if method == self.method:
            self.method = None
            self.action()

    def clear(self):
        self._at("clear")

    def refresh(self):
        self._at("refresh")

    def update(self, count):
        self._at("update")

    def close(self):
        self._at("close")


@pytest.mark.parametrize("method", ["clear", "refresh", "update", "close"])
@pytest.mark.parametrize("error", [OutOfTimeError, RuntimeError, KeyboardInterrupt])
def test_what_a_signal_handler_raises_in_the_progress_line_passes(
    tune, alarm, monkeypatch, method, error
):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    from zeus.optimizer._progress import ProgressLine

    alarm(Limits(error("time is up")))
    bar = InterruptedBar(method, ring)
    monkeypatch.setattr(ProgressLine, "_make_bar", lambda self, total: bar)
    box, plo = tune(progress=True)
    with pytest.raises(error):
        steps(box, plo)
    assert box.power_limits == PRIOR


@pytest.mark.parametrize("hook", ["on_train_end", "on_train_interrupted", "close"])
def test_the_progress_line_keeps_no_limits_set(tune, monkeypatch, hook):
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    from zeus.optimizer._progress import ProgressLine

    bar = InterruptedBar("close", raising(KeyboardInterrupt()))
    monkeypatch.setattr(ProgressLine, "_make_bar", lambda self, total: bar)
    box, plo = tune(progress=True, wait_steps=0)
    steps(box, plo, 8)
    assert box.power_limits == [175_000]
    with pytest.raises(KeyboardInterrupt):
        getattr(plo, hook)()
    assert box.power_limits == PRIOR


def test_a_generator_that_is_closed_restores_the_limits(simulated_gpus):
    box = simulated_gpus(prior_limit=225)

    def training():
        with GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 0, 1, 50) as plo:
            while True:
                steps(box, plo, 1)
                yield

    generator = training()
    for _ in range(3):
        next(generator)
    assert box.power_limits != PRIOR
    generator.close()
    assert box.power_limits == PRIOR


def test_a_cancelled_task_restores_the_limits(simulated_gpus):
    box = simulated_gpus(prior_limit=225)

    async def training():
        with GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 0, 1, 50) as plo:
            for _ in range(1000):
                steps(box, plo, 1)
                await asyncio.sleep(0)

    async def main():
        task = asyncio.create_task(training())
        for _ in range(4):
            await asyncio.sleep(0)
        assert box.power_limits != PRIOR
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert box.power_limits == PRIOR


def test_an_exception_in_a_window_block_is_not_replaced(simulated_gpus):
    simulated_gpus()
    monitor = ZeusMonitor()
    with pytest.raises(OutOfTimeError):  # noqa: SIM117
        with monitor.window("x"):
            monitor.reset_windows()
            raise OutOfTimeError


def test_an_exception_that_was_handled_is_a_failure(alarm):
    """A time limit inside the synchronization itself, say."""
    alarm(Limits(TimeoutError()))
    try:
        try:
            ring()
        except TimeoutError as error:
            assert must_pass(error)
            raise OSError("the device doesn't answer") from error
    except OSError as error:
        assert not must_pass(error)
