# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Training that ends before the tuning: said once."""

import logging
from types import SimpleNamespace

import pytest

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Energy, GlobalPowerLimitOptimizer, OptimumSelector, Waiting

NOT_BEGUN = "no training step was reported to this optimizer"
NOT_FINISHED = "Power limit tuning is not finished"


def warnings_in(caplog):
    return [record.message for record in caplog.records if record.levelno >= logging.WARNING]


def loops(training):
    other = GlobalPowerLimitOptimizer(ZeusMonitor(gpu_indices=[1]))

    def epochs():
        for _ in range(3):
            training.plo.on_epoch_begin()
            training.box.step()
            training.plo.on_epoch_end()

    def others_steps():
        for _ in range(500):
            training.box.step()
            other.on_step_end()

    return {
        "no hook": lambda: None,
        "the beginning of training": training.plo.on_train_begin,
        "epochs": epochs,
        "the steps of another optimizer": others_steps,
    }


@pytest.mark.parametrize("end", ["on_train_end", "close"])
@pytest.mark.parametrize(
    "loop",
    ["no hook", "the beginning of training", "epochs", "the steps of another optimizer"],
)
def test_a_loop_without_steps_is_one_warning(simulated_gpus, caplog, loop, end):
    box = simulated_gpus(2)
    plo = GlobalPowerLimitOptimizer(ZeusMonitor(gpu_indices=[0]))
    training = SimpleNamespace(box=box, plo=plo)
    loops(training)[loop]()
    getattr(training.plo, end)()
    training.plo.on_train_end()
    training.plo.close()
    [text] = warnings_in(caplog)
    assert NOT_BEGUN in text


@pytest.mark.parametrize("hook", ["on_step_begin", "on_step_end"])
def test_one_hook_of_steps_is_enough(train, caplog, hook):
    training = train()
    for _ in range(60):
        training.box.step()
        getattr(training.plo, hook)()
    training.plo.on_train_end()
    training.plo.close()
    assert warnings_in(caplog) == []


def test_too_few_steps_are_one_warning_that_says_how_many_are_missing(train, caplog):
    training = train(pl_step=50)  # 4 limits
    training.steps(5)
    training.plo.on_train_end()
    left = training.plo.progress().steps_left
    training.plo.on_train_end()
    training.plo.close()
    [text] = warnings_in(caplog)
    assert NOT_FINISHED in text
    assert f"1 of 4 power limits are measured, and {left} more training steps" in text
    assert "profile_path" in text


def test_too_few_steps_are_no_warning_where_the_next_run_goes_on(train, caplog, tmp_path):
    training = train(pl_step=50, profile_path=tmp_path / "profile.json")
    training.steps(5)
    with caplog.at_level(logging.INFO):
        training.plo.on_train_end()
        training.plo.close()
    assert warnings_in(caplog) == []
    assert sum(NOT_FINISHED in record.message for record in caplog.records) == 1


def test_training_that_goes_on_after_its_end_is_told_once(train, caplog):
    training = train(pl_step=50)
    for _ in range(10):
        training.steps(3)
        training.plo.on_train_end()
    training.plo.close()
    assert len(warnings_in(caplog)) == 1


def test_a_failure_is_told_once_not_also_as_unfinished(train, caplog):
    fault = {"function": "nvmlDeviceSetPowerManagementLimit", "call": 3, "count": 1, "code": 999}
    training = train(box={"scenario": {"faults": [fault]}}, pl_step=50)
    training.steps(30)
    training.plo.on_train_end()
    training.plo.close()
    assert len(warnings_in(caplog)) == 1


def test_an_exception_that_ends_the_training_is_told_by_itself(simulated_gpus, caplog):
    simulated_gpus()
    with pytest.raises(MemoryError):  # noqa: SIM117
        with GlobalPowerLimitOptimizer(ZeusMonitor()):
            raise MemoryError
    assert warnings_in(caplog) == []


def test_closing_while_an_exception_is_handled_says_nothing(train, caplog):
    training = train(pl_step=50)
    training.steps(5)
    try:
        raise MemoryError
    except MemoryError:
        training.plo.close()
    assert warnings_in(caplog) == []


def test_closing_after_an_exception_says_nothing(train, caplog):
    training = train(pl_step=50)
    training.steps(5)
    training.plo.on_train_interrupted()
    training.plo.close()
    assert warnings_in(caplog) == []


def test_training_that_goes_on_after_an_exception_is_told(train, caplog):
    training = train(pl_step=50)
    training.steps(5)
    training.plo.on_train_interrupted()
    training.steps(1)
    training.plo.close()
    assert len(warnings_in(caplog)) == 1


def test_a_with_block_without_steps_is_one_warning(simulated_gpus, caplog):
    simulated_gpus()
    with GlobalPowerLimitOptimizer(ZeusMonitor(), Energy()):
        pass
    assert len(warnings_in(caplog)) == 1


def test_a_known_profile_needs_no_step(simulated_gpus, caplog, tmp_path):
    simulated_gpus()
    path = tmp_path / "profile.json"
    path.write_text('{"measurements": [{"power_limit": 150, "energy": 1, "time": 1}]}')
    plo = GlobalPowerLimitOptimizer(ZeusMonitor(), profile_path=path)
    plo.on_train_end()
    plo.close()
    assert warnings_in(caplog) == []


def test_closing_from_within_a_selector_says_nothing(train, caplog):
    class Closes(OptimumSelector):
        def select(self, measurements):
            training.plo.close()
            training.plo.on_train_end()
            return measurements[0].power_limit

    training = train(pl_step=150, optimum_selector=Closes())
    training.steps(20)
    assert not isinstance(training.plo.state, Waiting)
    training.plo.close()
    assert warnings_in(caplog) == []


PROGRAM = """
import os, sys
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer
import zeus.simulator

plo = GlobalPowerLimitOptimizer(ZeusMonitor())
for _ in range({steps}):
    plo.on_step_begin()
    zeus.simulator.step()
    plo.on_step_end()
{end}
"""


@pytest.mark.parametrize(("steps", "told"), [(0, NOT_BEGUN), (20, NOT_FINISHED), (700, None)])
def test_a_program_that_ends_without_on_train_end_is_told(simulated_gpus, run_script, steps, told):
    simulated_gpus()
    result = run_script(PROGRAM.format(steps=steps, end=""))
    lines = result.stderr.splitlines()
    assert [told in line for line in lines] == [True] if told else lines == []


@pytest.mark.parametrize(
    "end",
    [
        "raise MemoryError",
        "raise KeyboardInterrupt",
        "if os.fork() == 0: sys.exit(0)\nos.wait(); os._exit(0)",
    ],
)
def test_a_program_that_fails_and_a_forked_child_are_not_told(simulated_gpus, run_script, end):
    simulated_gpus()
    result = run_script(PROGRAM.format(steps=20, end=end))
    assert "Power limit tuning" not in result.stderr
