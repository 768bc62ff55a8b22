# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""retune_on_drift: a job that changes for good is profiled again."""

from __future__ import annotations

import gc
import logging
import time

import pytest

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Done, Energy, GlobalPowerLimitOptimizer


class Job:
    """A training of steps of two seconds, which may get longer."""

    def __init__(self, box, plo):
        self.box = box
        self.plo = plo
        self.waits = 0.0

    def minutes(self, count, until=lambda: False):
        end = self.box.time + 60 * count
        while self.box.time < end and not until():
            self.plo.on_step_begin()
            self.box.step()
            self.box.sleep(self.waits)
            self.plo.on_step_end()
            time.sleep(0.0003)  # for the thread to run that asks for looks

    @property
    def is_done(self):
        return isinstance(self.plo.state, Done)


@pytest.fixture
def job(simulated_gpus):
    """An optimizer whose search is over: job(**parameters)."""

    def make(**parameters):
        box = simulated_gpus(step_seconds=2, time_noise=0.01)
        usual = {"warmup_steps": 1, "profile_steps": 3, "pl_step": 50, "retune_on_drift": True}
        plo = GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), **usual | parameters)
        made = Job(box, plo)
        made.minutes(10)
        assert made.is_done
        return made

    return make


def test_a_job_whose_steps_get_longer_is_profiled_again(job, caplog):
    training = job()
    with caplog.at_level(logging.INFO):
        training.minutes(40)
        assert training.plo.report().restarts == 0
        training.waits = 0.6  # for data, say
        training.minutes(25)
    assert training.plo.report().restarts == 1
    assert training.is_done
    said = [it.message for it in caplog.records if "when the power limit was chosen" in it.message]
    assert len(said) == 1
    assert "% longer than when the power limit was chosen: profiling it again." in said[0]
    points = training.plo.measurements
    assert points[0].power_limit == 250
    assert 3 <= len(points) <= 4
    assert all(point.time > 3 * 2.5 for point in points)


@pytest.mark.parametrize(
    ("parameters", "restarts"),
    [
        ({"retune_on_drift": None}, 0),
        ({"retune_on_drift": False}, 0),
        ({"retune_on_drift": None, "wanted_error": 0.02}, 1),
        ({"retune_on_drift": None, "search": "adaptive"}, 1),
        ({"drift_interval": 10_000}, 0),
    ],
)
def test_it_is_watched_where_that_is_asked_for(job, parameters, restarts):
    training = job(**parameters)
    training.minutes(40)
    training.waits = 0.6
    training.minutes(25)
    assert training.plo.report().restarts == restarts


@pytest.mark.parametrize("close", ["close", "on_train_end"])
def test_an_end_while_profiling_again_is_no_unfinished_tuning(job, close, caplog):
    training = job()
    training.minutes(40)
    training.waits = 0.6
    training.minutes(25, until=lambda: not training.is_done)
    assert not training.is_done
    assert training.plo.report().choice is not None
    with caplog.at_level(logging.INFO):
        getattr(training.plo, close)()
    assert "not finished" not in caplog.text
    assert training.box.power_limits == [250_000]


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_an_interval_that_is_not_positive_is_refused(simulated_gpus, value):
    simulated_gpus()
    with pytest.raises(ValueError, match="drift_interval"):
        GlobalPowerLimitOptimizer(ZeusMonitor(), drift_interval=value)
    gc.collect()
