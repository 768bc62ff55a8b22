# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What the callback of the real transformers.Trainer says at the end, and what leaves it."""

import copy
import logging
import os
import pickle
import signal

import pytest
from slowed_trainer import SEARCH, SlowedSteps, small_trainer
from transformers import Trainer

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Energy, HFGlobalPowerLimitOptimizer, Stopped

PRIOR = [250_000]


class Slowed(SlowedSteps, Trainer):
    """The Trainer's own loop."""


class OfItsOwn(Slowed):
    """A loop that reports the beginning and the end of training, and epochs."""

    def train(self):
        callbacks, args, state = self.callback_handler, self.args, self.state
        callbacks.on_train_begin(args, state, self.control)
        callbacks.on_epoch_begin(args, state, self.control)
        for _ in range(self.args.max_steps):
            self.work()
        callbacks.on_epoch_end(args, state, self.control)
        callbacks.on_train_end(args, state, self.control)


@pytest.fixture
def train(simulated_gpus, tmp_path):
    """Trains with the callback: train(kind, sync=..., **training arguments)."""

    def run(kind=Slowed, sync="torch", **options):
        box = simulated_gpus()
        hf = HFGlobalPowerLimitOptimizer(ZeusMonitor(sync_execution_with=sync), Energy(), **SEARCH)
        training = small_trainer(kind, box, tmp_path, [hf], **options)
        return box, hf, training

    return run


def warnings_of_ours(caplog):
    return [
        record.message
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith("zeus")
    ]


def test_a_trainer_that_reports_no_step_is_one_warning(train, caplog):
    _, hf, training = train(OfItsOwn, max_steps=50)
    training.train()
    training.train()
    hf.optimizer.close()
    [text] = warnings_of_ours(caplog)
    assert "tuning has not begun: no training step was reported" in text


def test_a_training_that_is_too_short_is_one_warning(train, caplog):
    _, hf, training = train(max_steps=8)
    training.train()
    hf.optimizer.close()
    [text] = warnings_of_ours(caplog)
    assert "tuning is not finished: 1 of 3 power limits are measured" in text


def test_a_training_that_is_long_enough_is_none(train, caplog):
    _, hf, training = train()
    training.train()
    hf.optimizer.close()
    assert warnings_of_ours(caplog) == []


@pytest.mark.parametrize("error", [TimeoutError, KeyError, KeyboardInterrupt])
def test_what_a_signal_handler_raises_in_a_callback_leaves_the_training(train, caplog, error):
    calls = 0

    def ring():
        nonlocal calls
        calls += 1
        if calls == 4:
            os.kill(os.getpid(), signal.SIGALRM)
            sum(range(100))

    def handler(number, frame):
        raise error("time is up")

    before = signal.signal(signal.SIGALRM, handler)
    try:
        box, hf, training = train(sync=ring)
        with pytest.raises(error, match="time is up"):
            training.train()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert box.power_limits == PRIOR
    assert isinstance(hf.optimizer.state, Stopped)
    assert not any("not finished" in text for text in warnings_of_ours(caplog))


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.dumps])
def test_the_callback_is_one_per_process(train, way):
    _, hf, _ = train()
    with pytest.raises(TypeError, match="make one per process"):
        way(hf)
