# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What an optimizer says of itself: progress() and report()."""

import dataclasses

import pytest

from zeus.optimizer.power_limit import (
    Done,
    Energy,
    ExpectedGain,
    LongSteps,
    ProbeResult,
    Stopped,
    TuningProgress,
    TuningReport,
)


def test_progress_counts_the_steps_down_to_the_choice(train):
    training = train(pl_step=50, wait_steps=1, warmup_steps=2, profile_steps=5)
    for left in range(30, 1, -1):
        now = training.plo.progress()
        assert now.steps_left == left
        assert now.probes_expected == 4
        assert now.power_limit == training.box.power_limits[0]
        assert now.stopped_because == ""
        training.steps(1)
    assert training.plo.progress().probes_done == 3
    training.steps(1)
    assert isinstance(training.plo.state, Done)
    assert training.plo.progress() == TuningProgress(
        probes_done=4,
        probes_expected=4,
        steps_left=0,
        power_limit=training.plo.current_power_limit,
    )


def test_progress_of_a_job_that_goes_on_counts_what_is_known(train, tmp_path):
    profile = tmp_path / "profile.json"
    first = train(pl_step=50, profile_path=profile, warmup_steps=2, profile_steps=5)
    first.steps(16)
    first.plo.close()
    del first
    now = train(pl_step=50, profile_path=profile, warmup_steps=2, profile_steps=5).plo.progress()
    assert (now.probes_done, now.probes_expected, now.steps_left) == (2, 4, 1 + 2 * 7)


def test_the_report_has_what_was_measured_and_the_choice_with_its_reason(train):
    training = train(2, pl_step=50, optimum_selector=Energy(), box={"prior_limit": 225})
    before = training.plo.report()
    assert before == TuningReport(
        probes=[],
        prior_power_limit=225_000,
        choice=None,
        choice_reason="",
        stopped_because="",
        dropped_probes=0,
        restarts=0,
    )
    training.steps(20)
    report = training.plo.report()
    measured = [
        (point.power_limit, point.energy, point.time) for point in training.plo.measurements
    ]
    assert [(it.power_limit / 1000, it.energy, it.time) for it in report.probes] == measured
    for probe in report.probes:
        assert isinstance(probe, ProbeResult)
        assert probe.steps == 2
        assert 0 <= probe.energy_error < 0.1 * probe.energy
        assert 0 <= probe.time_error < 0.1 * probe.time
    assert report.choice == training.plo.state.optimal_power_limit
    assert report.choice_reason
    assert "\n" not in report.choice_reason
    training.plo.close()
    assert training.plo.report() == report


def test_why_the_tuning_ended_is_in_both_and_closing_keeps_it(train):
    training = train(pl_step=50)
    training.steps(5)
    training.box.set_power_limit(0, 222_000)
    training.steps(5)
    state = training.plo.state
    assert isinstance(state, Stopped)
    for _ in range(2):
        assert training.plo.progress().stopped_because == state.reason
        assert training.plo.progress().steps_left == 0
        assert training.plo.report().stopped_because == state.reason
        assert training.plo.report().choice is None
        training.plo.close()


@pytest.mark.parametrize(
    "kind", [TuningProgress, TuningReport, ProbeResult, LongSteps, ExpectedGain]
)
def test_what_is_said_cannot_be_changed(kind):
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    assert kind.__doc__


def test_the_report_says_what_is_gained_and_what_that_cost(train, tmp_path):
    path = tmp_path / "profile.json"
    training = train(optimum_selector=Energy(), profile_path=path, profile_steps=4, warmup_steps=1)
    assert training.plo.report().gain is None
    training.steps(100)
    gain = training.plo.report().gain
    assert gain.reference_power_limit == 250_000
    assert gain.energy_change < -0.05
    assert gain.time_change > 0
    assert 0 < gain.energy_error < 0.1
    assert gain.profiling_steps == 7 * 5
    assert gain.payback_steps >= 0
    training.plo.close()
    del training
    loaded = train(optimum_selector=Energy(), profile_path=path).plo.report().gain
    assert loaded.energy_change == pytest.approx(gain.energy_change)
    assert loaded.profiling_steps == 0


def test_the_hosts_power_enters_the_choice(train):
    alone = train(optimum_selector=Energy(), profile_steps=4, warmup_steps=1)
    alone.steps(100)
    choice = alone.plo.current_power_limit
    alone.plo.close()
    del alone
    with_host = train(optimum_selector=Energy(), profile_steps=4, warmup_steps=1, host_power=2000)
    with_host.steps(100)
    assert with_host.plo.current_power_limit > choice
    assert with_host.plo.report().gain.host_power == 2000


def test_a_hosts_power_that_cannot_be_had_is_refused(train):
    with pytest.raises(ValueError, match="give a number of watts per GPU"):
        train(host_power="rapl")
    with pytest.raises(ValueError, match="host_power must be a number of watts or 'rapl'"):
        train(host_power="ipmi")
    with pytest.raises(ValueError, match="host_power must be between 0 and 100000 W per GPU"):
        train(host_power=-1)
    with pytest.raises(TypeError, match="host_power must be a number of watts, not list"):
        train(host_power=[])
