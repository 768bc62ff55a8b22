# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""GlobalPowerLimitOptimizer when something fails: told at construction, else training goes on."""

import gc
import logging
import weakref

import pytest

from zeus.device.gpu.common import ZeusGPUHeterogeneousError, ZeusGPUNoPermissionError
from zeus.exception import ZeusFileError
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import (
    Done,
    Energy,
    GlobalPowerLimitOptimizer,
    OptimumSelector,
    Stopped,
)


@pytest.mark.parametrize(
    ("parameter", "value", "error"),
    [
        ("wait_steps", -1, ValueError),
        ("warmup_steps", -1, ValueError),
        ("profile_steps", 0, ValueError),
        ("pl_step", 0, ValueError),
        ("pl_step", -25, ValueError),
        ("pl_step", float("nan"), ValueError),
        ("max_power_limit", 99, ValueError),
        ("max_power_limit", 251, ValueError),
        ("construction_timeout", 0, ValueError),
        ("wait_steps", "1", TypeError),
        ("warmup_steps", 1.5, TypeError),
        ("profile_steps", None, TypeError),
        ("pl_step", "25", TypeError),
        ("pl_step", None, TypeError),
        ("max_power_limit", "200", TypeError),
        ("optimum_selector", "energy", TypeError),
    ],
)
def test_a_bad_parameter_is_named(simulated_gpus, parameter, value, error):
    box = simulated_gpus()
    with pytest.raises(error, match=parameter):
        GlobalPowerLimitOptimizer(ZeusMonitor(), **{parameter: value})
    assert box.power_limits == [250_000]


def test_no_monitor_is_an_attribute_error(simulated_gpus):
    simulated_gpus()
    with pytest.raises(AttributeError):
        GlobalPowerLimitOptimizer(None)


def test_a_monitor_without_gpus_is_a_value_error(simulated_gpus):
    simulated_gpus()
    with pytest.raises(ValueError, match="no GPU"):
        GlobalPowerLimitOptimizer(ZeusMonitor(gpu_indices=[]))


def test_missing_rights_are_a_runtime_error_that_says_what_to_do(simulated_gpus):
    simulated_gpus(scenario={"gpus": [{"model": "V100", "writable": False}]})
    with pytest.raises(RuntimeError, match="SYS_ADMIN") as caught:
        GlobalPowerLimitOptimizer(ZeusMonitor())
    assert isinstance(caught.value.__cause__, ZeusGPUNoPermissionError)


def test_mixed_gpus_are_refused_but_only_those_of_the_monitor_count(simulated_gpus):
    gpus = [{"model": "V100", "count": 2}, {"model": "A40"}]
    simulated_gpus(3, scenario={"gpus": gpus})
    with pytest.raises(ZeusGPUHeterogeneousError):
        GlobalPowerLimitOptimizer(ZeusMonitor())
    GlobalPowerLimitOptimizer(ZeusMonitor(gpu_indices=[0, 1]))


@pytest.mark.parametrize("text", ["", "{", '{"measurements": []}', '{"measurements": [{}]}', "[]"])
def test_a_damaged_profile_is_a_value_error_that_names_it(simulated_gpus, tmp_path, text):
    simulated_gpus()
    path = tmp_path / "profile.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=str(path)) as caught:
        GlobalPowerLimitOptimizer(ZeusMonitor(), profile_path=path)
    assert isinstance(caught.value, ZeusFileError)
    assert path.read_text() == text


def test_a_profile_that_cannot_be_written_is_an_os_error_that_names_it(simulated_gpus, tmp_path):
    simulated_gpus()
    path = tmp_path / "no such folder" / "profile.json"
    with pytest.raises(OSError, match=str(path.parent)):
        GlobalPowerLimitOptimizer(ZeusMonitor(), profile_path=path)


class FailingSelector(OptimumSelector):
    def __init__(self, error):
        self.error = error

    def select(self, measurements):
        raise self.error


def test_a_selector_that_raises_ends_the_tuning_with_its_traceback_logged(train, caplog):
    training = train(pl_step=150, optimum_selector=FailingSelector(KeyError("no such point")))
    training.steps(30)
    assert isinstance(training.plo.state, Stopped)
    assert "KeyError" in training.plo.state.reason
    assert training.box.power_limits == [250_000]
    assert training.plo.current_power_limit == 250_000
    [traceback] = [record for record in caplog.records if record.exc_info]
    assert traceback.name == "zeus.optimizer.power_limit"
    assert traceback.exc_info[0] is KeyError
    assert "raise self.error" in caplog.text
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "KeyError: 'no such point'" in warnings[0].message


@pytest.mark.parametrize("choice", [None, "150", 40, 251, float("nan")])
def test_a_selector_that_picks_nonsense_ends_the_tuning(train, caplog, choice):
    class Nonsense(OptimumSelector):
        def select(self, measurements):
            return choice

    training = train(pl_step=150, optimum_selector=Nonsense())
    training.steps(10)
    assert isinstance(training.plo.state, Stopped)
    assert "selector" in training.plo.state.reason
    assert training.box.power_limits == [250_000]


def test_a_selector_that_fails_on_a_loaded_profile_fails_the_construction(simulated_gpus, tmp_path):
    box = simulated_gpus()
    path = tmp_path / "profile.json"
    path.write_text('{"measurements": [{"power_limit": 200, "energy": 1, "time": 1}]}')
    with pytest.raises(ZeroDivisionError):
        GlobalPowerLimitOptimizer(
            ZeusMonitor(), FailingSelector(ZeroDivisionError()), profile_path=path
        )
    assert box.power_limits == [250_000]


def test_a_sync_callable_that_raises_ends_the_tuning(simulated_gpus, caplog):
    box = simulated_gpus()

    def finish_the_work():
        raise OSError("the device is gone")

    plo = GlobalPowerLimitOptimizer(
        ZeusMonitor(sync_execution_with=finish_the_work), Energy(), 0, 1, 1, 150
    )
    for _ in range(5):
        plo.on_step_begin()
        box.step()
    assert isinstance(plo.state, Stopped)
    assert "the device is gone" in plo.state.reason
    assert box.power_limits == [250_000]
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [OSError]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("where", ["sync", "selector"])
def test_an_interruption_in_a_hook_restores_the_limits_and_passes(
    simulated_gpus, interruption, where
):
    box = simulated_gpus()
    armed = False

    def finish_the_work():
        if armed and where == "sync":
            raise interruption("stop it")

    selector = FailingSelector(interruption("stop it")) if where == "selector" else Energy()
    monitor = ZeusMonitor(sync_execution_with=finish_the_work)
    plo = GlobalPowerLimitOptimizer(monitor, selector, 0, 0, 1, 150)
    plo.on_step_begin()
    box.step()
    plo.on_step_begin()
    box.step()
    assert box.power_limits == [100_000]
    armed = True
    with pytest.raises(interruption, match="stop it"):
        plo.on_step_begin()
    assert box.power_limits == [250_000]
    plo.on_step_begin()
    plo.on_epoch_end()
    assert isinstance(plo.state, Stopped)


@pytest.mark.parametrize(
    ("function", "count"),
    [
        ("nvmlDeviceSetPowerManagementLimit", 1),
        ("nvmlDeviceGetTotalEnergyConsumption", 3),  # a read that fails is tried twice more
    ],
)
def test_a_driver_that_fails_later_ends_the_tuning_not_the_training(train, caplog, function, count):
    fault = {"function": function, "call": 4, "count": count, "code": 999}
    training = train(box={"scenario": {"faults": [fault]}}, pl_step=50)
    training.steps(30)
    assert isinstance(training.plo.state, Stopped)
    assert function in training.plo.state.reason
    assert training.box.power_limits == [250_000]
    assert sum(record.levelno == logging.WARNING for record in caplog.records) == 1


def test_a_limit_that_somebody_else_set_is_left_alone(train, caplog):
    training = train(pl_step=50)
    training.steps(4)
    training.box.set_power_limit(0, 222_000)
    training.steps(10)
    assert isinstance(training.plo.state, Stopped)
    assert training.box.power_limits == [222_000]
    assert "222 W" in caplog.text


def test_a_hook_called_by_a_selector_does_nothing(train):
    class Reentrant(OptimumSelector):
        def select(self, measurements):
            training.plo.on_step_begin()
            training.plo.close()
            assert training.plo.state is not None
            return measurements[-1].power_limit

    training = train(pl_step=150, optimum_selector=Reentrant())
    training.steps(10)
    assert training.plo.state == Done(optimal_power_limit=100_000)


def test_a_dropped_optimizer_restores_the_limits(simulated_gpus):
    box = simulated_gpus()
    plo = GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 0, 1, 150)
    for _ in range(3):
        plo.on_step_begin()
        box.step()
    assert box.power_limits == [100_000]
    del plo
    assert box.power_limits == [250_000]


def test_a_cycle_of_monitor_and_optimizer_is_collected(simulated_gpus):
    simulated_gpus()
    monitor = ZeusMonitor()
    monitor.optimizer = GlobalPowerLimitOptimizer(monitor)
    gone = weakref.ref(monitor)
    del monitor
    gc.collect()
    assert gone() is None


def test_a_monitor_whose_callable_refers_to_it_is_collected(simulated_gpus):
    simulated_gpus()

    class Owner:
        def __init__(self):
            self.monitor = ZeusMonitor(sync_execution_with=self.finish)

        def finish(self):
            pass

    gone = weakref.ref(Owner().monitor)
    gc.collect()
    assert gone() is None
