# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Measurements and states have the methods of pydantic models, and windows are replayed."""

import json

import pytest

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import (
    Done,
    Energy,
    GlobalPowerLimitOptimizer,
    MaxSlowdownConstraint,
    PowerLimitMeasurement,
    Ready,
    Time,
    ZeusCost,
)
from zeus.utils.testing import ReplayZeusMonitor


@pytest.fixture
def point():
    return PowerLimitMeasurement(power_limit=100, energy=1.5, time=2.0)


def test_a_measurement_is_a_dict_and_json(point):
    values = {"power_limit": 100, "energy": 1.5, "time": 2.0}
    assert point.dict() == dict(point) == values
    assert point.json() == json.dumps(values)
    assert point.json(indent=2) == json.dumps(values, indent=2)
    assert point.dict(include={"energy"}) == {"energy": 1.5}
    assert point.dict(exclude={"energy"}) == {"power_limit": 100, "time": 2.0}


def test_a_measurement_is_copied_with_other_values(point):
    assert point.copy() == point
    assert point.copy() is not point
    assert point.copy(update={"energy": 3.0}).energy == 3.0
    assert point.energy == 1.5


def test_a_measurement_is_made_of_what_it_gave(point, tmp_path):
    assert PowerLimitMeasurement.parse_obj(point.dict() | {"unknown": 1}) == point
    assert PowerLimitMeasurement.parse_raw(point.json()) == point
    (tmp_path / "point.json").write_text(point.json())
    assert PowerLimitMeasurement.parse_file(tmp_path / "point.json") == point
    with pytest.raises(ValueError, match="energy"):
        PowerLimitMeasurement.parse_obj(point.dict() | {"energy": 0})


def test_states_have_them_too():
    assert Ready(next_power_limit=1, steps=2).dict() == {"next_power_limit": 1, "steps": 2}
    assert Done(optimal_power_limit=3).json() == '{"optimal_power_limit": 3}'


def record(box, path, names):
    monitor = ZeusMonitor(log_file=path)
    measured = []
    for name in names:
        monitor.begin_window(name)
        box.step()
        measured.append(monitor.end_window(name))
    return measured


def test_windows_are_replayed(simulated_gpus, tmp_path):
    box = simulated_gpus(3)
    path = tmp_path / "log.csv"
    names = ["first", 'with, comma and "quotes"', "third"]
    measured = record(box, path, names)
    replay = ReplayZeusMonitor(log_file=path)
    assert replay.gpu_indices == [0, 1, 2]
    for name, expected in zip(names, measured, strict=True):
        replay.begin_window(name)
        with pytest.raises(RuntimeError, match="already ongoing"):
            replay.begin_window(name)
        result = replay.end_window(name)
        assert result.time == pytest.approx(expected.time)
        assert result.gpu_energy == pytest.approx(expected.gpu_energy)
    with pytest.raises(RuntimeError, match="not ongoing"):
        replay.end_window("third")
    replay.begin_window("fourth")
    assert replay.end_window("fourth", cancel=True).total_energy == 0
    replay.begin_window("fourth")
    with pytest.raises(RuntimeError, match="No more lines"):
        replay.end_window("fourth")


def test_a_window_that_was_not_recorded_is_not_replayed(simulated_gpus, tmp_path):
    path = tmp_path / "log.csv"
    record(simulated_gpus(), path, ["first"])
    replay = ReplayZeusMonitor(log_file=path)
    replay.begin_window("another")
    with pytest.raises(RuntimeError, match="Was expecting first, not another"):
        replay.end_window("another")
    with pytest.raises(ValueError, match="log_file"):
        ReplayZeusMonitor()


@pytest.mark.parametrize(
    "selector", [Energy(), Time(), ZeusCost(0.5, 2), MaxSlowdownConstraint(1.1)]
)
def test_an_optimizer_finds_in_replayed_windows_what_the_recorded_one_found(
    simulated_gpus, tmp_path, selector
):
    box = simulated_gpus(2)
    path = tmp_path / "log.csv"
    optimizers = []
    for monitor in (
        ZeusMonitor(log_file=path),
        lambda: ReplayZeusMonitor(log_file=path, match_window_name=False),
    ):
        plo = GlobalPowerLimitOptimizer(
            monitor if isinstance(monitor, ZeusMonitor) else monitor(), selector, 1, 2, 8, 25
        )
        for _ in range(100):
            plo.on_step_begin()
            box.step()
            plo.on_step_end()
        optimizers.append((plo.state, [point.dict() for point in plo.measurements]))
        plo.close()
    recorded, replayed = optimizers
    assert isinstance(recorded[0], Done)
    assert replayed[0] == recorded[0]
    for one, other in zip(recorded[1], replayed[1], strict=True):
        assert one == pytest.approx(other)
