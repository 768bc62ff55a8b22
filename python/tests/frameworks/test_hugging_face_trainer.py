# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The real transformers.Trainer, on the CPU, with steps that take simulated GPU time."""

import json
from pathlib import Path

import pytest
from slowed_trainer import (
    PROFILE_STEPS,
    SEARCH,
    STEPS,
    RecordingMonitor,
    SlowedSteps,
    assert_measured,
    small_trainer,
)
from transformers import EarlyStoppingCallback, Trainer, TrainerCallback

from zeus.optimizer.power_limit import (
    Done,
    Energy,
    GlobalPowerLimitOptimizer,
    HFGlobalPowerLimitOptimizer,
)

PRIOR = [250_000]
LIMITS = [250, 175, 100]  # in W


class SlowedTrainer(SlowedSteps, Trainer):
    pass


@pytest.fixture
def box(simulated_gpus):
    return simulated_gpus()


@pytest.fixture
def optimizer(box):
    """Makes the callback, on a monitor that keeps its windows: optimizer(**parameters)."""

    def make(**parameters):
        return HFGlobalPowerLimitOptimizer(RecordingMonitor(), Energy(), **SEARCH | parameters)

    return make


@pytest.fixture
def trainer(box, tmp_path):
    """Makes a Trainer: trainer(callbacks, **training arguments)."""

    def make(callbacks, **options):
        return small_trainer(SlowedTrainer, box, tmp_path, callbacks, **options)

    return make


def assert_only_training_was_measured(hf, trainer, batches_a_step=1):
    assert_measured(hf, LIMITS, trainer.batches, batches_a_step)


def test_the_best_limit_is_found_and_set_while_the_trainer_trains(box, optimizer, trainer):
    hf = optimizer()
    assert isinstance(hf.optimizer, GlobalPowerLimitOptimizer)
    training = trainer([hf])
    training.train()
    assert training.state.global_step == STEPS
    assert hf.optimizer.state == Done(optimal_power_limit=175_000)
    assert_only_training_was_measured(hf, training)
    assert training.batches[-1].limit == 175
    # A lower limit makes steps longer and cheaper: the limit mattered.
    assert training.batches[-1].time > training.batches[0].time
    assert training.batches[-1].energy < training.batches[0].energy
    assert box.power_limits == PRIOR


def test_a_step_is_all_the_batches_that_it_accumulates(optimizer, trainer):
    hf = optimizer()
    training = trainer([hf], gradient_accumulation_steps=3)
    training.train()
    assert len(training.batches) == 3 * STEPS
    assert isinstance(hf.optimizer.state, Done)
    assert_only_training_was_measured(hf, training, batches_a_step=3)


def test_evaluations_and_checkpoints_inside_epochs_are_not_measured(optimizer, trainer):
    hf = optimizer()
    training = trainer(
        [hf],
        eval_strategy="steps",
        eval_steps=3,
        save_strategy="steps",
        save_steps=2,
        save_total_limit=1,
    )
    training.train()
    assert isinstance(hf.optimizer.state, Done)
    assert_only_training_was_measured(hf, training)
    # Every limit was measured in several pieces.
    assert len(hf.optimizer.monitor.windows) > len(LIMITS)


def test_an_evaluation_by_a_callback_further_down_the_list_counts_one_batch_at_most(
    optimizer, trainer
):
    class Evaluates(TrainerCallback):
        def on_step_end(self, args, state, control, **kwargs):
            if state.global_step == 4:
                control.should_evaluate = True

    hf = optimizer()
    training = trainer([hf, Evaluates()], per_device_eval_batch_size=1)
    training.train()
    assert isinstance(hf.optimizer.state, Done)
    one = training.batches[0].time
    # Four steps, and the first of the evaluation's four batches.
    assert hf.optimizer.measurements[0].time == pytest.approx((PROFILE_STEPS + 20) * one, rel=1e-6)


def test_limits_come_back_when_training_stops_early(box, optimizer, trainer):
    hf = optimizer()
    stop = EarlyStoppingCallback(early_stopping_patience=1, early_stopping_threshold=1e9)
    training = trainer(
        [hf, stop],
        eval_strategy="steps",
        eval_steps=5,
        save_strategy="steps",
        save_steps=5,
        metric_for_best_model="eval_loss",
        load_best_model_at_end=True,
    )
    training.train()
    assert training.state.global_step == 10
    assert not isinstance(hf.optimizer.state, Done)
    assert training.batches[-1].limit == 175
    assert box.power_limits == PRIOR


def test_a_second_training_goes_on_where_the_first_one_ended(box, optimizer, trainer):
    hf = optimizer()
    first = trainer([hf], max_steps=8)
    first.train()
    assert box.power_limits == PRIOR
    assert [point.power_limit for point in hf.optimizer.measurements] == LIMITS[:1]
    first.args.max_steps = STEPS
    first.train()
    assert isinstance(hf.optimizer.state, Done)
    assert_only_training_was_measured(hf, first)
    assert box.power_limits == PRIOR
    first.batches.clear()
    first.train()
    assert {batch.limit for batch in first.batches} == {175}
    assert box.power_limits == PRIOR


def test_a_job_resumed_from_a_checkpoint_measures_no_limit_twice(optimizer, trainer, tmp_path):
    profile = tmp_path / "profile.json"
    saves = {"save_strategy": "steps", "save_steps": 4}
    interrupted = optimizer(profile_path=profile)
    trainer([interrupted], max_steps=8, **saves).train()
    assert [window[0] for window in interrupted.optimizer.monitor.windows] == [250, 250, 175]
    interrupted.optimizer.close()

    resumed = optimizer(profile_path=profile)
    training = trainer([resumed], restore_callback_states_from_checkpoint=True, **saves)
    training.train(resume_from_checkpoint=True)
    assert len(training.batches) == STEPS - 8
    assert {window[0] for window in resumed.optimizer.monitor.windows} == {175, 100}
    assert isinstance(resumed.optimizer.state, Done)
    assert_only_training_was_measured_at(resumed, training, [175, 100])
    assert len(json.loads(profile.read_text())["measurements"]) == len(LIMITS)


def assert_only_training_was_measured_at(hf, trainer, limits):
    points = {point.power_limit: point for point in hf.optimizer.measurements}
    for limit in limits:
        one = next(batch for batch in trainer.batches if batch.limit == limit)
        assert points[limit].time == pytest.approx(PROFILE_STEPS * one.time, rel=1e-6)


def test_a_checkpoint_tells_nothing_of_the_optimizer_and_loads_without_it(
    optimizer, trainer, tmp_path
):
    saves = {"save_strategy": "steps", "save_steps": 4}
    trainer([optimizer()], max_steps=4, **saves).train()
    state = (tmp_path / "out" / "checkpoint-4" / "trainer_state.json").read_text()
    assert "HFGlobalPowerLimitOptimizer" not in state
    plain = trainer([], max_steps=6, **saves)
    plain.train(resume_from_checkpoint=True)
    assert plain.state.global_step == 6


def test_the_ranks_of_a_trainer_under_torchrun_find_one_limit(simulated_gpus, run_ranks, tmp_path):
    box = simulated_gpus(2, virtual_clock=False, step_seconds=0.004)
    worker = Path(__file__).parent / "trainer_worker.py"
    process = run_ranks(2, worker, str(tmp_path))
    assert process.returncode == 0, process.stdout + process.stderr
    first, second = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2)]
    assert first["state"].startswith("Done")
    assert first["state"] == second["state"]
    assert first["measurements"] == second["measurements"]
    assert [limit for limit, _, _ in first["measurements"]] == LIMITS
    assert first["limits"] == second["limits"] == [first["current"]] * 2
    assert box.power_limits == PRIOR * 2
