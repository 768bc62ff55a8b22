# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The real transformers.Trainer whose training is left by an exception, or begins anew."""

import copy
import gc
import logging
import pickle
import weakref

import pytest
import torch
from slowed_trainer import SEARCH, STEPS, SlowedSteps, assert_measured, small_trainer
from transformers import Trainer, TrainerCallback

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Done, Energy, HFGlobalPowerLimitOptimizer

PRIOR = [225_000]
LIMITS = [225, 150, 100]  # in W


class Failing(SlowedSteps, Trainer):
    """Raises `failure` once, before the work of batch number `fail_at` or of an evaluation."""

    fail_at: int | str = -1
    failure: BaseException | None = None

    def fail_once(self, where):
        if where == self.fail_at and self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure

    def training_step(self, *arguments, **options):
        self.fail_once(len(self.batches))
        return super().training_step(*arguments, **options)

    def evaluate(self, *arguments, **options):
        self.fail_once("evaluation")
        return super().evaluate(*arguments, **options)


@pytest.fixture
def box(simulated_gpus):
    return simulated_gpus(prior_limit=225)


@pytest.fixture
def optimizer(box):
    """Makes the callback: optimizer(**parameters)."""

    def make(**parameters):
        return HFGlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), **SEARCH | parameters)

    return make


@pytest.fixture
def trainer(box, tmp_path):
    """Makes a Trainer: trainer(callbacks, kind, **training arguments)."""

    def make(callbacks, kind=Failing, **options):
        return small_trainer(kind, box, tmp_path, callbacks, **options)

    return make


@pytest.mark.parametrize("kind", [torch.OutOfMemoryError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("where", [8, 25, "evaluation"])
def test_an_exception_that_ends_the_training_restores_the_limits_at_once(
    box, optimizer, trainer, kind, where
):
    hf = optimizer()
    failure = kind("made up")
    training = trainer([hf], eval_strategy="steps", eval_steps=8)
    training.fail_at, training.failure = where, failure
    with pytest.raises(kind) as caught:
        training.train()
    assert caught.value is failure
    assert training.batches[-1].limit < 225
    assert box.power_limits == PRIOR


def test_training_goes_on_after_an_exception_that_the_program_catches(box, optimizer, trainer):
    hf = optimizer()
    training = trainer([hf])
    training.fail_at, training.failure = 8, torch.OutOfMemoryError("made up")
    with pytest.raises(torch.OutOfMemoryError):
        training.train()
    box.sleep(1000)
    training.train()
    assert isinstance(hf.optimizer.state, Done)
    assert_measured(hf, LIMITS, training.batches)
    assert box.power_limits == PRIOR


def test_a_callback_that_is_added_later_hears_of_a_step_that_fails(box, optimizer, trainer):
    hf = optimizer()
    training = trainer([])
    training.add_callback(hf)
    training.fail_at, training.failure = 8, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        training.train()
    assert training.batches[-1].limit < 225
    assert box.power_limits == PRIOR


def test_a_callback_that_was_removed_hears_nothing(box, optimizer, trainer):
    hf = optimizer()
    training = trainer([hf])
    training.remove_callback(hf)
    hf.optimizer.on_step_begin()
    hf.optimizer.on_step_begin()
    hf.optimizer.on_step_begin()
    state = hf.optimizer.state
    training.fail_at, training.failure = 1, torch.OutOfMemoryError("made up")
    with pytest.raises(torch.OutOfMemoryError):
        training.train()
    assert hf.optimizer.state == state


def test_auto_find_batch_size_voids_what_the_larger_batch_measured(box, optimizer, trainer, caplog):
    class HalfTheWork(Failing):
        """A batch of two takes a step, one of four takes two."""

        def training_step(self, *arguments, **options):
            loss = super().training_step(*arguments, **options)
            if self._train_batch_size == 4:
                self.box.step()
            return loss

    hf = optimizer()
    training = trainer([hf], HalfTheWork, auto_find_batch_size=True, per_device_train_batch_size=4)
    training.fail_at, training.failure = 9, RuntimeError("CUDA out of memory.")
    with caplog.at_level(logging.INFO, "zeus.optimizer.power_limit"):
        training.train()
    assert training._train_batch_size < 4
    assert hf.optimizer.report().restarts == 1
    said = [record for record in caplog.records if "batch size changed" in record.message]
    assert len(said) == 1
    assert isinstance(hf.optimizer.state, Done)
    assert_measured(hf, LIMITS, training.batches[9:])
    assert box.power_limits == PRIOR


def test_the_batches_that_a_step_accumulates_count_as_its_size(optimizer, trainer):
    hf = optimizer()
    training = trainer([hf], gradient_accumulation_steps=2, max_steps=8)
    training.train()
    assert len(hf.optimizer.measurements) == 1
    training.args.per_device_train_batch_size = 4
    training._train_batch_size = 4
    training.args.gradient_accumulation_steps = 1
    training.train()
    assert hf.optimizer.report().restarts == 0
    training.args.gradient_accumulation_steps = 2
    training.train()
    assert hf.optimizer.report().restarts == 1


def test_a_trainer_that_reports_only_the_ends_of_steps_is_tuned(box, optimizer, trainer):
    class EndsOnly(Failing):
        """A loop of its own, as TRL's PPO trainer had it."""

        def train(self):
            self.state.train_batch_size = None
            self.control = self.callback_handler.on_train_begin(self.args, self.state, self.control)
            for _ in range(self.args.max_steps):
                self.fail_once(len(self.batches))
                self.work()
                self.control = self.callback_handler.on_step_end(
                    self.args, self.state, self.control
                )
            self.control = self.callback_handler.on_train_end(self.args, self.state, self.control)

    hf = optimizer()
    training = trainer([hf], EndsOnly)
    training.train()
    assert isinstance(hf.optimizer.state, Done)
    assert_measured(hf, LIMITS, training.batches)
    training.fail_at, training.failure = len(training.batches) + 8, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        training.train()
    assert box.power_limits == PRIOR


def test_a_trainer_is_still_one_of_its_class_and_freed_as_before(optimizer, trainer):
    hf = optimizer()
    own_train, own_step = Failing.train, Failing.training_step
    training = trainer([hf], max_steps=2)
    assert isinstance(training, Failing)
    assert type(training).__name__ == "Failing"
    assert "train" not in vars(training)
    training.train()
    assert type(training) is type(trainer([hf]))
    assert type(trainer([])) is Failing
    assert (Failing.train, Failing.training_step) == (own_train, own_step)
    gone = weakref.ref(training)
    gc.disable()
    try:
        del training
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("twice", [copy.copy, copy.deepcopy])
def test_a_trainers_copy_is_of_the_class_that_has_the_name(optimizer, trainer, twice):
    hf = optimizer()
    training = trainer([hf])
    training.remove_callback(hf)
    training.box = None
    other = twice(training)
    assert type(other) is Failing
    assert other.args.max_steps == STEPS


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_trainers_pickle_is_of_the_class_that_has_the_name(optimizer, trainer, protocol):
    hf = optimizer()
    guarded = type(trainer([hf]))
    assert guarded is not Failing
    training = guarded.__new__(guarded)
    training.own = training  # what a Trainer is made of can't always be pickled
    other = pickle.loads(pickle.dumps(training, protocol))
    assert type(other) is Failing
    assert other.own is other


def test_a_trainer_whose_class_cannot_be_derived_from_trains_all_the_same(optimizer, trainer):
    class Last(Failing):
        def __init_subclass__(cls):
            raise TypeError("this class is the last one")

    hf = optimizer()
    training = trainer([hf], Last)
    training.train()
    assert type(training) is Last
    assert isinstance(hf.optimizer.state, Done)


@pytest.mark.parametrize(
    ("name", "value"),
    [("idle_timeout", 0), ("guard", "never"), ("when_busy", "never"), ("drift_interval", 0)],
)
def test_the_optimizers_parameters_are_passed_through(optimizer, name, value):
    with pytest.raises(ValueError, match=name):
        optimizer(**{name: value})


def test_an_exception_that_the_users_own_step_catches_interrupts_nothing(optimizer, trainer):
    class Patient(Failing):
        def training_step(self, *arguments, **options):
            try:
                return super().training_step(*arguments, **options)
            except RuntimeError:
                return super().training_step(*arguments, **options)

    class States(TrainerCallback):
        seen = []

        def on_step_end(self, args, state, control, **kwargs):
            self.seen.append(type(hf.optimizer.state).__name__)

    hf = optimizer()
    training = trainer([hf, States()], Patient, max_steps=6)
    training.fail_at, training.failure = 4, RuntimeError("a batch that is no good")
    training.train()
    assert States.seen == ["Ready", "Warmup", *["Profiling"] * 4]
