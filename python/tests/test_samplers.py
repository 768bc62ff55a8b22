# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""zeus.monitor.PowerMonitor and TemperatureMonitor, in virtual time."""

import ctypes
import logging
import os
import threading

import pytest

from zeus.monitor import PowerDomain, PowerMonitor, TemperatureMonitor
from zeus.monitor.power import infer_counter_update_period


def let_pass(box, monitor, seconds, pace=0.05):
    """Moves virtual time on, little by little, while the sampler reads."""
    for _ in range(round(seconds / pace)):
        box.sleep(pace)


def wait_for_samples(monitor):
    """Samples come from a thread: the first ones are there at some time."""
    gate = threading.Event()
    for _ in range(2000):
        if all(any(timeline.values()) for timeline in monitor.get_all_power_timelines().values()):
            return
        gate.wait(0.005)
    raise AssertionError("no samples")


def test_power_is_sampled_over_time(simulated_gpus):
    box = simulated_gpus(2)
    monitor = PowerMonitor(update_period=0.05)
    wait_for_samples(monitor)
    idle = box.truth().power
    begin = box.time
    let_pass(box, monitor, 2)
    assert monitor.get_power() == pytest.approx({0: idle, 1: idle}, rel=0.02)
    energy = monitor.get_energy(begin, begin + 2)
    assert energy == pytest.approx({0: idle * 2, 1: idle * 2}, rel=0.05)


def test_power_is_sampled_while_the_interpreter_is_locked(simulated_gpus):
    box = simulated_gpus(virtual_clock=False, step_seconds=0.5)
    monitor = PowerMonitor(update_period=0.05)
    wait_for_samples(monitor)
    idle = box.truth().power
    holding_the_lock = ctypes.PyDLL("libnvidia-ml.so.1")
    assert holding_the_lock.zeus_sim_step((ctypes.c_uint * 1)(0), 1) == 0
    monitor.stop()
    [timeline] = monitor.get_power_timeline("device_instant").values()
    assert max(power for _, power in timeline) > 2 * idle


def test_the_first_sample_is_there_at_once(simulated_gpus):
    box = simulated_gpus(2)
    power = PowerMonitor().get_power()
    assert power == pytest.approx({0: box.truth(0).power, 1: box.truth(1).power}, rel=0.02)
    assert set(TemperatureMonitor().get_temperature()) == {0, 1}


def test_no_step_is_missed_in_virtual_time(simulated_gpus):
    box = simulated_gpus(step_seconds=0.5)
    monitor = PowerMonitor(update_period=0.05)
    begin = box.time
    before = box.truth().energy
    box.step()
    energy = monitor.get_energy(begin, box.time)
    assert energy == {0: pytest.approx(box.truth().energy - before, rel=0.15)}


def test_the_timeline_has_the_changes_between_two_times(simulated_gpus):
    box = simulated_gpus(2)
    monitor = PowerMonitor(gpu_indices=[1], update_period=0.05)
    wait_for_samples(monitor)
    timeline = monitor.get_power_timeline(PowerDomain.DEVICE_INSTANT)
    assert list(timeline) == [1]
    [(time, power), *_] = timeline[1]
    assert time <= box.time
    assert power == pytest.approx(box.truth(1).power, rel=0.02)
    assert monitor.get_power_timeline("device_instant", gpu_index=1) == timeline
    assert monitor.get_power_timeline("device_instant", gpu_index=0) == {}
    assert monitor.get_power_timeline("device_instant", end_time=time - 1) == {1: []}
    assert monitor.get_power_timeline("device_instant", start_time=time)[1][0] == (time, power)
    assert monitor.get_power(time=time - 100) == {1: power}


def test_a_number_of_samples_may_bound_the_timeline(simulated_gpus):
    box = simulated_gpus(power_noise=0.02)
    monitor = PowerMonitor(update_period=0.05, max_samples_per_gpu=2)
    wait_for_samples(monitor)
    for _ in range(20):
        box.step()
    assert len(monitor.get_power_timeline("device_instant")[0]) <= 2


def test_domains_are_those_that_the_gpus_have(simulated_gpus):
    simulated_gpus()
    monitor = PowerMonitor(update_period=1.0)
    assert PowerDomain.DEVICE_INSTANT in monitor.measurement_domains
    assert PowerDomain.MEMORY_AVERAGE not in monitor.measurement_domains
    with pytest.raises(ValueError, match="memory_average"):
        PowerMonitor(power_domains=["memory_average"])
    with pytest.raises(ValueError, match="memory_average"):
        monitor.get_power_timeline(PowerDomain.MEMORY_AVERAGE)


def test_without_instant_power_there_is_energy_but_no_power(simulated_gpus):
    box = simulated_gpus(model="A40")
    monitor = PowerMonitor(power_domains=[PowerDomain.DEVICE_AVERAGE], update_period=0.05)
    wait_for_samples(monitor)
    assert monitor.get_energy(box.time, box.time + 1)[0] > 0
    with pytest.raises(ValueError, match="device_instant"):
        monitor.get_power()


@pytest.mark.parametrize(
    "arguments",
    [
        {"gpu_indices": []},
        {"power_domains": []},
        {"power_domains": ["total"]},
        {"update_period": 0.0},
        {"update_period": float("nan")},
        {"max_samples_per_gpu": 0},
    ],
)
def test_bad_arguments_are_value_errors(simulated_gpus, arguments):
    simulated_gpus()
    with pytest.raises(ValueError):
        PowerMonitor(**arguments)


def test_the_update_period_follows_the_architecture(simulated_gpus):
    simulated_gpus(2, scenario={"gpus": [{"model": "A40"}, {"model": "V100"}]})
    assert infer_counter_update_period([0]) == pytest.approx(0.05)
    assert infer_counter_update_period([0, 1]) == pytest.approx(0.01)
    assert PowerMonitor(gpu_indices=[0]).update_period == pytest.approx(0.05)


def test_a_stopped_monitor_keeps_what_it_has(simulated_gpus):
    box = simulated_gpus()
    monitor = PowerMonitor(update_period=0.05)
    wait_for_samples(monitor)
    monitor.stop()
    before = monitor.get_all_power_timelines()
    box.step()
    monitor.stop()
    assert monitor.get_all_power_timelines() == before


def test_a_failing_reading_is_told_once_from_a_python_thread(simulated_gpus, caplog):
    fault = {"function": "nvmlDeviceGetFieldValues", "call": 20, "code": 999}
    box = simulated_gpus(scenario={"faults": [fault]})
    threads = set()
    caplog.handler.addFilter(lambda record: threads.add(record.thread) or True)
    monitor = PowerMonitor(update_period=0.05, power_domains=["device_instant"])
    for _ in range(200):
        box.sleep(0.1)
        threading.Event().wait(0.001)
    monitor.stop()
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [record.name for record in warnings] == ["zeus.monitor.power"]
    assert threads == {threading.get_ident()}


def test_temperature_is_sampled_over_time(simulated_gpus):
    box = simulated_gpus(2)
    monitor = TemperatureMonitor(update_period=0.1)
    gate = threading.Event()
    while monitor.get_temperature() is None:
        gate.wait(0.005)
    temperatures = monitor.get_temperature()
    assert set(temperatures) == {0, 1}
    assert all(isinstance(celsius, int) and 15 < celsius < 110 for celsius in temperatures.values())
    timeline = monitor.get_temperature_timeline(gpu_index=1)
    assert list(timeline) == [1]
    assert timeline[1][0][1] == monitor.get_temperature(time=box.time - 1000)[1]
    monitor.stop()


def test_temperature_of_no_gpus_is_a_value_error(simulated_gpus):
    simulated_gpus()
    with pytest.raises(ValueError, match="gpu_indices"):
        TemperatureMonitor(gpu_indices=[])


def test_a_forked_child_gets_an_error(simulated_gpus):
    simulated_gpus()
    monitor = PowerMonitor(update_period=1.0)
    child = os.fork()
    if child == 0:
        try:
            monitor.get_power()
        except RuntimeError:
            os._exit(7)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
