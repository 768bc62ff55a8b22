# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Trainings that end without a word, jobs that change, optimizers that are made anew."""

import logging
import time
import weakref

import pytest

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Done, Energy, GlobalPowerLimitOptimizer, Ready

PRIOR = [225_000]


@pytest.fixture
def tune(train):
    """A training on a GPU whose user has set 225 W: tune(**parameters)."""

    def make(**parameters):
        usual = {"optimum_selector": Energy(), "warmup_steps": 2, "profile_steps": 5}
        training = train(box={"prior_limit": 225}, **usual | {"pl_step": 50} | parameters)
        assert training.plo.power_limits == [225_000, 175_000, 125_000, 100_000]
        return training

    return make


def assert_times_are_of_whole_steps(training, steps=5):
    """A step at each limit, measured again now, takes a fifth of what was measured."""
    points = training.plo.measurements
    assert len(points) == 4
    training.plo.close()
    for point in points:
        training.box.set_power_limit(0, round(point.power_limit * 1000))
        before = training.box.truth().elapsed
        training.box.step()
        one = training.box.truth().elapsed - before
        assert point.time == pytest.approx(steps * one, rel=1e-6), point.power_limit


def test_a_with_block_restores_the_limits(simulated_gpus):
    box = simulated_gpus(prior_limit=225)
    with GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 0, 1, 50) as plo:
        assert type(plo) is GlobalPowerLimitOptimizer
        for _ in range(3):
            plo.on_step_begin()
            box.step()
        assert box.power_limits == [125_000]
    assert box.power_limits == PRIOR


def test_an_exception_passes_a_with_block_and_the_limits_are_back(simulated_gpus):
    box = simulated_gpus(prior_limit=225)
    with pytest.raises(MemoryError, match="too large"):  # noqa: SIM117
        with GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 0, 1, 50) as plo:
            for _ in range(3):
                plo.on_step_begin()
                box.step()
            raise MemoryError("too large")
    assert box.power_limits == PRIOR
    plo.on_step_begin()
    assert box.power_limits == PRIOR


@pytest.mark.parametrize("good_steps", [1, 4, 9, 12, 18, 40])
@pytest.mark.parametrize("progress", [False, True])
def test_an_interruption_restores_the_limits_and_the_half_step_does_not_count(
    tune, good_steps, progress
):
    if progress:
        pytest.importorskip("tqdm", reason="tqdm is not installed")
    training = tune(progress=progress)
    training.steps(good_steps)
    training.plo.on_step_begin()
    training.box.sleep(3)
    training.plo.on_train_interrupted()
    assert training.box.power_limits == PRIOR
    training.box.sleep(1000)
    training.steps(50)
    assert isinstance(training.plo.state, Done)
    assert_times_are_of_whole_steps(training)


def test_an_interruption_when_done_is_followed_by_the_best_limit(tune):
    training = tune()
    training.steps(40)
    best = training.box.power_limits
    training.plo.on_train_interrupted()
    assert training.box.power_limits == PRIOR
    training.steps(1)
    assert training.box.power_limits == best != PRIOR


def test_another_batch_size_voids_what_was_measured_and_is_said_once(tune, caplog):
    training = tune(wait_steps=3)
    training.plo.on_batch_size(8)
    training.steps(22)
    assert len(training.plo.measurements) == 2
    with caplog.at_level(logging.INFO):
        training.plo.on_batch_size(8)
        assert len(training.plo.measurements) == 2
        training.plo.on_batch_size(4)
        training.plo.on_batch_size(4)
    assert training.plo.measurements == []
    assert training.plo.state == Ready(next_power_limit=225_000, steps=1)
    assert training.plo.report().restarts == 1
    said = [record.message for record in caplog.records if "batch size" in record.message]
    assert len(said) == 1
    assert "from 8 to 4" in said[0]
    training.steps(40)
    assert isinstance(training.plo.state, Done)


@pytest.mark.parametrize("samples", [8.0, "8", None])
def test_a_batch_size_that_is_no_whole_number_is_a_type_error(tune, samples):
    with pytest.raises(TypeError):
        tune().plo.on_batch_size(samples)


@pytest.mark.parametrize("hook", ["on_step_begin", "on_step_end"])
def test_a_loop_that_calls_one_hook_of_steps_is_measured(tune, hook):
    training = tune()
    for _ in range(50):
        training.box.step()
        getattr(training.plo, hook)()
    assert isinstance(training.plo.state, Done)
    assert_times_are_of_whole_steps(training)


def until_restored(box):
    """Passes virtual time until the limits are back: the watch has its own thread."""
    slept = 0
    deadline = time.monotonic() + 60
    while box.power_limits != PRIOR:
        assert time.monotonic() < deadline
        box.sleep(1)
        slept += 1
        time.sleep(0.001)  # for the thread to run
    return slept


@pytest.mark.parametrize("steps", [12, 40])
def test_limits_come_back_when_no_hook_comes_and_the_next_step_goes_on(tune, steps, caplog):
    training = tune(idle_timeout=50)
    training.steps(steps)
    tuned = training.box.power_limits
    assert tuned != PRIOR
    with caplog.at_level(logging.INFO):
        assert until_restored(training.box) >= 50
        assert training.plo.current_power_limit == PRIOR[0]
        training.steps(1)
    assert training.box.power_limits == tuned
    assert "No training step for" in caplog.text
    training.steps(50)
    assert isinstance(training.plo.state, Done)
    assert_times_are_of_whole_steps(training)


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_an_idle_timeout_that_is_not_positive_is_refused(simulated_gpus, value):
    simulated_gpus()
    with pytest.raises(ValueError, match="idle_timeout"):
        GlobalPowerLimitOptimizer(ZeusMonitor(), idle_timeout=value)


def test_a_second_optimizer_takes_over_with_the_users_limit(simulated_gpus, caplog):
    box = simulated_gpus(prior_limit=225)
    monitor = ZeusMonitor()

    def steps(plo, count):
        for _ in range(count):
            plo.on_step_begin()
            box.step()
            plo.on_step_end()

    first = GlobalPowerLimitOptimizer(monitor, Energy(), 0, 0, 1, 50)
    steps(first, 3)
    assert box.power_limits == [125_000]
    with caplog.at_level(logging.INFO):
        second = GlobalPowerLimitOptimizer(monitor, Energy(), 0, 0, 1, 50)
    told = [record for record in caplog.records if "optimizer" in record.message]
    assert [record.levelno for record in told] == [logging.INFO]
    assert second.power_limits[0] == 225_000
    steps(first, 5)
    assert first.progress().steps_left == 0
    steps(second, 10)
    assert isinstance(second.state, Done)
    best = box.power_limits
    del first
    assert box.power_limits == best
    second.on_train_end()
    assert box.power_limits == PRIOR


def test_a_with_block_keeps_no_optimizer_alive(simulated_gpus):
    simulated_gpus()
    with GlobalPowerLimitOptimizer(ZeusMonitor()) as plo:
        gone = weakref.ref(plo)
    del plo
    assert gone() is None
