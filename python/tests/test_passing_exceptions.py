# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""An exception that the program raised leaves a hook, after the limits are restored."""

import asyncio
import gc
import sys
import unittest.mock
from functools import partial

import pynvml
import pytest
from interrupting import At, Limits, OutOfTimeError, raising, ring, steps

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


HANDLERS = {
    "a method": lambda error: Limits(error).method,
    "any arguments": lambda error: Limits(error).any_arguments,
    "one shot": lambda error: Limits(error).of_one_shot,
    "an object": Limits,
    "a partial": lambda error: partial(Limits.method, Limits(error)),
    "a mock": lambda error: unittest.mock.Mock(side_effect=error),
}


@pytest.mark.parametrize("error", [OutOfTimeError, TimeoutError, RuntimeError, ValueError])
@pytest.mark.parametrize("handler", HANDLERS)
def test_what_a_signal_handler_raises_in_a_synchronization_passes(tune_with, alarm, handler, error):
    alarm(HANDLERS[handler](error("time is up")))
    box, plo = tune_with(At(4, ring))
    with pytest.raises(error, match="time is up"):
        steps(box, plo)
    assert box.power_limits == PRIOR


@pytest.mark.parametrize("error", [OutOfTimeError, TimeoutError])
def test_what_a_signal_handler_raises_in_a_selector_passes(tune_with, alarm, error):
    class Interrupted(OptimumSelector):
        def select(self, measurements):
            ring()

    alarm(Limits(error("time is up")))
    box, plo = tune_with(selector=Interrupted())
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
    plo = GlobalPowerLimitOptimizer(
        ZeusMonitor(), Energy(), 0, 1, 1, 50, communicator=InterruptedRanks()
    )
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
def test_what_a_signal_handler_raises_in_a_log_handler_passes(
    tune_with, alarm, log_to, number, error
):
    alarm(Limits(error("time is up")))
    box, plo = tune_with()
    log_to(At(number, ring))
    with pytest.raises(error):
        steps(box, plo)
    assert box.power_limits == PRIOR


def test_lines_after_an_interrupted_one_are_delivered_later(tune_with, alarm, log_to):
    box, plo = tune_with(wait_steps=0)
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
def test_what_interrupts_a_program_passes(tune_with, log_to, where, error):
    box, plo = tune_with(At(4, raising(error)) if where == "sync" else None)
    if where == "log":
        log_to(At(4, raising(error)))
    with pytest.raises(error):
        steps(box, plo)
    assert box.power_limits == PRIOR


@pytest.mark.parametrize(
    "error", [OSError, RuntimeError, ValueError, AttributeError, ZeusBaseError]
)
def test_a_synchronization_that_fails_ends_the_tuning(tune_with, error):
    box, plo = tune_with(At(4, raising(error("the device is gone"))))
    steps(box, plo)
    assert isinstance(plo.state, Stopped)
    assert box.power_limits == PRIOR


@pytest.mark.parametrize("error", [OutOfTimeError, KeyError, RuntimeError])
def test_a_selector_that_fails_ends_the_tuning(tune_with, error):
    class Failing(OptimumSelector):
        def select(self, measurements):
            raise error("no such limit")

    box, plo = tune_with(selector=Failing())
    steps(box, plo)
    assert isinstance(plo.state, Stopped)


def test_a_log_handler_that_fails_ends_nothing(tune_with, log_to, monkeypatch):
    failures = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: failures.append(it.exc_type))
    box, plo = tune_with()
    log_to(At(3, raising(KeyError("no such field"))))
    steps(box, plo)
    assert isinstance(plo.state, Done)
    assert failures == [KeyError]


def test_a_log_handler_that_fails_raises_out_of_no_hook_at_the_end_of_training(
    tune_with, log_to, monkeypatch
):
    failures = []
    monkeypatch.setattr(sys, "unraisablehook", lambda it: failures.append(it.exc_type))
    box, plo = tune_with()
    steps(box, plo, 5)

    def emit(record):
        raise KeyError("no such field")

    log_to(emit)
    plo.on_train_end()  # says that the tuning is not finished
    plo.close()
    assert failures
    assert box.power_limits == PRIOR


def test_a_log_handler_is_interrupted_while_it_is_told_of_a_failure(tune_with, log_to):
    def emit(record):
        if record.exc_info:
            raise OutOfTimeError

    box, plo = tune_with(At(4, raising(OSError("the device is gone"))))
    log_to(emit)
    with pytest.raises(OutOfTimeError):
        steps(box, plo)
    assert box.power_limits == PRIOR


def test_a_window_that_is_restarted_takes_no_interruption_for_an_open_one(tune_with, alarm):
    alarm(Limits(ValueError("time is up")))
    box, plo = tune_with(wait_steps=0, warmup_steps=1)
    original = plo.monitor.begin_window
    plo.monitor.begin_window = lambda key: (original(key), ring())
    with pytest.raises(ValueError, match="time is up"):
        steps(box, plo)
    assert box.power_limits == PRIOR


def test_training_may_go_on_after_an_exception_that_a_log_handler_passed(tune_with, log_to):
    box, plo = tune_with()
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


def binding(module):
    """A class that derives from no other exception, as bindings of drivers have them."""
    return type("DriverError", (Exception,), {"__module__": module})


@pytest.mark.parametrize(
    "kind",
    [
        pynvml.NVMLError_GpuIsLost,
        type("OurError", (pynvml.NVMLError,), {}),
        binding("py3nvml.py3nvml"),
        binding("amdsmi.amdsmi_exception"),
        binding("numba.cuda.cudadrv.driver"),
        binding("dcgm_structs"),
    ],
)
def test_a_driver_bindings_exception_ends_the_tuning_and_not_the_training(tune_with, kind):
    def lost():
        raise kind(15)

    box, plo = tune_with(At(4, lost))
    steps(box, plo)
    assert isinstance(plo.state, Stopped)
    assert box.power_limits == PRIOR


@pytest.mark.parametrize("module", ["pynvml_of_ours", "celery.exceptions", "__main__"])
def test_a_class_of_another_module_is_the_programs_own(module):
    assert must_pass(binding(module)())
