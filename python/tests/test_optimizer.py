# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""zeus.optimizer.power_limit.GlobalPowerLimitOptimizer when nothing fails."""

import inspect
import json
import logging
from pathlib import Path

import pytest

from zeus.callback import Callback, CallbackSet
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import (
    Done,
    Energy,
    GlobalPowerLimitOptimizer,
    PowerLimitMeasurement,
    Profiling,
    Ready,
    Time,
    Warmup,
    ZeusCost,
)


def test_attributes_tell_the_parameters_in_milliwatts(simulated_gpus, tmp_path):
    simulated_gpus(2)
    monitor = ZeusMonitor()
    selector = Time()
    plo = GlobalPowerLimitOptimizer(monitor, selector, 3, 4, 5, 50, str(tmp_path / "p.json"))
    assert plo.monitor is monitor
    assert plo.optimum_selector is selector
    assert (plo.warmup_steps, plo.profile_steps, plo.pl_step) == (4, 5, 50_000)
    assert plo.profile_path == tmp_path / "p.json"
    assert isinstance(plo.profile_path, Path)
    assert plo.power_limits == [250_000, 200_000, 150_000, 100_000]
    assert plo.current_power_limit == 250_000
    assert plo.measurements == []
    assert plo.state == Ready(next_power_limit=250_000, steps=4)


def test_the_default_selector_knows_the_number_of_gpus(train):
    selector = train(3).plo.optimum_selector
    assert isinstance(selector, ZeusCost)
    assert (selector.eta_knob, selector.world_size) == (0.5, 3)


def test_states_follow_each_other_as_steps_begin(train):
    training = train(pl_step=150, wait_steps=2, warmup_steps=2, profile_steps=2)
    states = []
    for _ in range(12):
        training.steps(1)
        states.append(training.plo.state)
    high, low = 250_000, 100_000
    assert states[:11] == [
        Ready(next_power_limit=high, steps=2),
        Ready(next_power_limit=high, steps=1),
        Warmup(current_power_limit=high, steps=2),
        Warmup(current_power_limit=high, steps=1),
        Profiling(current_power_limit=high, steps=2),
        Profiling(current_power_limit=high, steps=1),
        Warmup(current_power_limit=low, steps=2),
        Warmup(current_power_limit=low, steps=1),
        Profiling(current_power_limit=low, steps=2),
        Profiling(current_power_limit=low, steps=1),
        Done(optimal_power_limit=high),
    ]


def test_limits_are_set_on_every_gpu_and_the_best_one_stays(train):
    training = train(2, pl_step=50, optimum_selector=Energy())
    seen = []
    for _ in range(14):
        training.steps(1)
        seen.append(training.box.power_limits)
    assert seen[:3] == [[250_000, 250_000]] * 3
    assert seen[3:6] == [[200_000, 200_000]] * 3
    assert seen[6:9] == [[150_000, 150_000]] * 3
    assert seen[9:12] == [[100_000, 100_000]] * 3
    assert training.plo.state == Done(optimal_power_limit=150_000)
    assert training.plo.current_power_limit == 150_000
    assert seen[12:] == [[150_000, 150_000]] * 2


def test_measurements_are_the_truth_about_the_measured_steps(train):
    training = train(2, pl_step=150, warmup_steps=1, profile_steps=3)
    training.steps(1)
    before = training.box.truth()
    training.steps(3)
    after = training.box.truth()
    training.steps(1)
    [point] = training.plo.measurements
    assert isinstance(point, PowerLimitMeasurement)
    assert (point.power_limit, type(point.power_limit)) == (250, int)
    assert point.time == pytest.approx(after.elapsed - before.elapsed)
    assert point.energy == pytest.approx(2 * (after.energy - before.energy), abs=0.004)


def test_progress_adds_up_over_epochs_of_one_step(train):
    training = train(pl_step=50)
    for _ in range(40):
        training.epoch(1)
    assert isinstance(training.plo.state, Done)
    assert [point.power_limit for point in training.plo.measurements] == [250, 200, 150, 100]


def test_a_pause_ends_the_measuring_till_the_next_step(train):
    training = train(pl_step=150, warmup_steps=0, profile_steps=2)
    training.steps(1)
    training.plo.on_pause()
    training.box.sleep(1000)
    training.steps(2)
    assert training.plo.measurements[0].time < 2


def test_the_prior_limit_is_the_ceiling_and_comes_back(train, caplog):
    training = train(box={"prior_limit": 180}, pl_step=40)
    assert training.plo.power_limits == [180_000, 140_000, 100_000]
    assert "max_power_limit" in caplog.text
    training.steps(20)
    assert isinstance(training.plo.state, Done)
    training.plo.on_train_end()
    assert training.box.power_limits == [180_000]


def test_max_power_limit_allows_more_than_the_prior_limit(train):
    training = train(box={"prior_limit": 180}, pl_step=50, max_power_limit=250)
    assert training.plo.power_limits[0] == 250_000
    training.steps(1)
    assert training.box.power_limits == [250_000]
    training.plo.close()
    assert training.box.power_limits == [180_000]


def test_fractional_watts_are_kept(train):
    training = train(box={"prior_limit": 101.5}, pl_step=0.5)
    assert training.plo.power_limits == [101_500, 101_000, 100_500, 100_000]
    assert training.plo.pl_step == 500
    training.steps(20)
    assert [point.power_limit for point in training.plo.measurements] == [101.5, 101, 100.5, 100]


def test_train_end_restores_and_a_second_training_sets_the_optimum_again(train):
    training = train(pl_step=150, optimum_selector=Energy())
    training.steps(20)
    assert training.box.power_limits == [100_000]
    training.plo.on_train_end()
    assert training.box.power_limits == [250_000]
    training.plo.on_train_begin()
    assert training.box.power_limits == [100_000]


def test_a_finished_profile_is_loaded_and_nothing_is_profiled(train, tmp_path):
    path = tmp_path / "profile.json"
    first = train(pl_step=50, profile_path=path)
    first.steps(30)
    expected = first.plo.measurements
    del first
    second = train(pl_step=50, profile_path=path)
    assert isinstance(second.plo.state, Done)
    assert second.plo.measurements == expected
    assert second.box.power_limits == [second.plo.state.optimal_power_limit]


def test_an_unfinished_profile_is_gone_on_from(train, tmp_path):
    path = tmp_path / "profile.json"
    first = train(pl_step=50, profile_path=path)
    first.steps(8)
    first.plo.close()
    del first
    second = train(pl_step=50, profile_path=path)
    assert [point.power_limit for point in second.plo.measurements] == [250, 200]
    assert second.plo.state == Ready(next_power_limit=150_000, steps=1)


def test_a_profile_of_the_replaced_package_is_loaded(train, tmp_path):
    path = tmp_path / "profile.json"
    points = [
        {"power_limit": 250, "energy": 100.0, "time": 1.0},
        {"power_limit": 175, "energy": 80.0, "time": 1.1},
    ]
    path.write_text(json.dumps({"measurements": points}))
    training = train(profile_path=path, optimum_selector=Energy())
    assert training.plo.state == Done(optimal_power_limit=175_000)


def test_hooks_have_signatures_and_docstrings(train):
    plo = train().plo
    for name in ("on_train_begin", "on_epoch_begin", "on_step_begin", "on_step_end"):
        assert inspect.getdoc(getattr(GlobalPowerLimitOptimizer, name))
        assert str(inspect.signature(getattr(plo, name))) == "()"


def test_a_subclass_may_override_a_hook(simulated_gpus):
    class Counting(GlobalPowerLimitOptimizer):
        steps = 0

        def on_step_begin(self):
            self.steps += 1
            super().on_step_begin()

    simulated_gpus()
    plo = Counting(ZeusMonitor(), wait_steps=5)
    plo.on_step_begin()
    assert plo.steps == 1
    assert plo.state == Ready(next_power_limit=250_000, steps=5)


def test_it_is_a_callback_among_others(train):
    class Epochs(Callback):
        count = 0

        def on_epoch_end(self):
            self.count += 1

    training = train(wait_steps=1)
    epochs = Epochs()
    callbacks = CallbackSet([training.plo, epochs])
    callbacks.on_train_begin()
    callbacks.on_epoch_begin()
    callbacks.on_step_begin()
    callbacks.on_step_end()
    callbacks.on_instruction_begin("forward")
    callbacks.on_instruction_end("forward")
    callbacks.on_epoch_end()
    callbacks.on_evaluate(0.5)
    callbacks.on_train_end()
    assert epochs.count == 1
    assert training.plo.state == Ready(next_power_limit=250_000, steps=1)


class RecordingMonitor(ZeusMonitor):
    """A monitor of the user's own."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def begin_window(self, key, sync_execution=True, restart=False):
        self.calls.append(("begin", key))
        super().begin_window(key, sync_execution, restart)

    def end_window(self, key, sync_execution=True, cancel=False):
        self.calls.append(("cancel" if cancel else "end", key))
        return super().end_window(key, sync_execution, cancel)


def test_a_monitors_own_windows_are_used(simulated_gpus):
    box = simulated_gpus()
    monitor = RecordingMonitor()
    plo = GlobalPowerLimitOptimizer(monitor, None, 0, 0, 1, 150)
    for _ in range(3):
        plo.on_step_begin()
        box.step()
    name = "__GlobalPowerLimitOptimizer_"
    assert monitor.calls == [
        ("begin", f"{name}250"),
        ("end", f"{name}250"),
        ("begin", f"{name}100"),
        ("end", f"{name}100"),
    ]
    assert isinstance(plo.state, Done)


def test_an_open_window_is_cancelled_when_closed(simulated_gpus):
    simulated_gpus()
    monitor = RecordingMonitor()
    plo = GlobalPowerLimitOptimizer(monitor, None, 0, 0, 1, 150)
    plo.on_step_begin()
    plo.close()
    assert monitor.calls[-1] == ("cancel", "__GlobalPowerLimitOptimizer_250")
    plo.close()
    assert len(monitor.calls) == 2


def test_a_monitor_that_replays_needs_no_base_constructor(simulated_gpus):
    from zeus.monitor import Measurement

    class Replay(ZeusMonitor):
        def __init__(self, results):
            self.gpu_indices = [0]
            self.results = iter(results)

        def begin_window(self, key, sync_execution=True, restart=False):
            pass

        def end_window(self, key, sync_execution=True, cancel=False):
            return next(self.results)

    box = simulated_gpus()
    results = [Measurement(1.0, {0: 100.0}), Measurement(2.0, {0: 150.0})]
    plo = GlobalPowerLimitOptimizer(Replay(results), Energy(), 0, 0, 1, 150)
    for _ in range(3):
        plo.on_step_begin()
    assert [(point.time, point.energy) for point in plo.measurements] == [
        (1.0, 100.0),
        (2.0, 150.0),
    ]
    assert box.power_limits == [250_000]


def test_the_events_are_logged_in_order(train, caplog):
    with caplog.at_level(logging.INFO, "zeus.optimizer.power_limit"):
        training = train(pl_step=150, warmup_steps=1, profile_steps=1)
        training.steps(6)
    events = [
        record.message for record in caplog.records if record.name == "zeus.optimizer.power_limit"
    ]
    words = ["250 W to 100 W", "after 0 step", "Warming up at 250", "Setting", "Profiling 250"]
    words += ["Profiled 250", "Warming up at 100", "Setting", "Profiling 100", "Profiled 100"]
    words += ["optimal", "Profiling took 4 steps", "Setting"]
    assert [word for word, event in zip(words, events, strict=True) if word in event] == words


def test_figures_that_are_to_be_sure_are_measured_for_longer_and_confirmed(train):
    training = train(pl_step=75, profile_steps=5, wanted_error=0.01)
    training.steps(2000)
    assert isinstance(training.plo.state, Done)
    report = training.plo.report()
    limits = [probe.power_limit for probe in report.probes]
    assert limits[:4] == [250_000, 175_000, 100_000, 250_000]
    assert limits.count(report.choice) >= 2
    for probe in report.probes:
        assert probe.steps >= 5
        assert probe.time_error <= 0.01 * probe.time
        assert probe.energy_error <= 0.015 * probe.energy


@pytest.mark.parametrize("wanted_error", [0, -0.01, 0.9, float("nan")])
def test_a_wanted_error_must_make_sense(train, wanted_error):
    with pytest.raises(ValueError, match="wanted_error"):
        train(wanted_error=wanted_error)
