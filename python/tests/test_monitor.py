# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""zeus.monitor.ZeusMonitor and its windows."""

import csv
import logging
import threading
import warnings

import pytest

from zeus.device.gpu.common import (
    EmptyGPUs,
    ZeusGPUCounterError,
    ZeusGPULostError,
    ZeusGPUNotSupportedError,
)
from zeus.monitor import Measurement, ZeusMonitor


def test_a_window_measures_the_time_and_energy_of_each_gpu(simulated_gpus):
    box = simulated_gpus(2)
    monitor = ZeusMonitor()
    before = [box.truth(gpu) for gpu in (0, 1)]
    monitor.begin_window("two steps")
    box.step()
    box.step([0])
    result = monitor.end_window("two steps")
    after = [box.truth(gpu) for gpu in (0, 1)]
    assert result.time == pytest.approx(after[0].elapsed - before[0].elapsed)
    for gpu in (0, 1):
        expected = after[gpu].energy - before[gpu].energy
        assert result.gpu_energy[gpu] == pytest.approx(expected, abs=0.002)
    assert result.gpu_energy[0] > result.gpu_energy[1] > 0
    assert result.total_energy == sum(result.gpu_energy.values())
    assert (result.cpu_energy, result.dram_energy, result.soc_energy) == (None, None, None)


def test_only_the_chosen_gpus_are_measured_by_their_indices(simulated_gpus):
    box = simulated_gpus(3)
    monitor = ZeusMonitor(gpu_indices=[2, 0])
    assert monitor.gpu_indices == [2, 0]
    monitor.begin_window("x")
    box.step()
    assert list(monitor.end_window("x").gpu_energy) == [2, 0]


def test_indices_count_what_cuda_visible_devices_leaves(simulated_gpus, monkeypatch):
    box = simulated_gpus(3)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2")
    monitor = ZeusMonitor()
    assert monitor.gpu_indices == [0]
    monitor.begin_window("x")
    box.step([2])
    assert monitor.end_window("x").total_energy == pytest.approx(box.truth(2).energy, abs=0.002)


def test_windows_overlap(simulated_gpus):
    box = simulated_gpus()
    monitor = ZeusMonitor()
    monitor.begin_window("first")
    box.step()
    monitor.begin_window("second")
    box.step()
    first = monitor.end_window("first")
    box.step()
    second = monitor.end_window("second")
    assert first.time == pytest.approx(second.time)
    assert first.total_energy == pytest.approx(second.total_energy, abs=0.004)


def test_windows_may_be_open_in_several_threads(simulated_gpus):
    simulated_gpus()
    monitor = ZeusMonitor()
    failures = []

    def measure(name):
        try:
            for count in range(200):
                monitor.begin_window(f"{name} {count}")
                monitor.end_window(f"{name} {count}")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=measure, args=(name,)) for name in "abcd"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures


def test_a_second_window_of_a_name_is_a_value_error_that_names_it(simulated_gpus):
    simulated_gpus()
    monitor = ZeusMonitor()
    monitor.begin_window("epoch")
    with pytest.raises(ValueError, match="'epoch'") as caught:
        monitor.begin_window("epoch")
    assert type(caught.value) is ValueError


@pytest.mark.parametrize("cancel", [False, True])
def test_ending_what_is_not_open_is_a_value_error_that_names_it(simulated_gpus, cancel):
    simulated_gpus()
    with pytest.raises(ValueError, match="'never begun'"):
        ZeusMonitor().end_window("never begun", cancel=cancel)


def test_restart_drops_the_window_that_is_open(simulated_gpus):
    box = simulated_gpus()
    monitor = ZeusMonitor()
    monitor.begin_window("x")
    box.step()
    box.step()
    monitor.begin_window("x", restart=True)
    began = box.time
    box.step()
    assert monitor.end_window("x").time == pytest.approx(box.time - began)


def test_a_cancelled_window_is_all_zeros_and_not_logged(simulated_gpus, tmp_path):
    box = simulated_gpus(2)
    monitor = ZeusMonitor(log_file=tmp_path / "log.csv")
    monitor.begin_window("x")
    box.step()
    assert monitor.end_window("x", cancel=True) == Measurement(
        time=0.0, gpu_energy={0: 0.0, 1: 0.0}, cpu_energy={}
    )
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 1


def test_reset_drops_every_window(simulated_gpus):
    simulated_gpus()
    monitor = ZeusMonitor()
    monitor.begin_window("a")
    monitor.begin_window("b")
    monitor.reset_windows()
    monitor.begin_window("a")
    with pytest.raises(ValueError, match="'b'"):
        monitor.end_window("b")


def test_a_with_block_is_a_window(simulated_gpus):
    box = simulated_gpus()
    monitor = ZeusMonitor()
    with monitor.window("block") as window:
        box.step()
    assert window.time == window.measurement.time > 0
    assert window.total_energy == window.measurement.total_energy > 0
    assert window.gpu_energy == window.measurement.gpu_energy


def test_a_with_block_has_no_measurement_before_its_end(simulated_gpus):
    box = simulated_gpus()
    with ZeusMonitor().window("block") as window:
        with pytest.raises(RuntimeError, match="'block'"):
            _ = window.measurement
        box.step()


def test_an_exception_in_a_with_block_passes_and_drops_the_window(simulated_gpus):
    simulated_gpus()
    monitor = ZeusMonitor()
    with pytest.raises(KeyError), monitor.window("block"):
        raise KeyError
    monitor.begin_window("block")


def test_each_window_is_a_row_of_the_log_file(simulated_gpus, tmp_path):
    box = simulated_gpus(2)
    path = tmp_path / "new folder" / "log.csv"
    monitor = ZeusMonitor(log_file=path)
    monitor.begin_window("a, and b")
    began = box.time
    box.step()
    result = monitor.end_window("a, and b")
    with path.open() as file:
        header, row = csv.reader(file)
    assert header == ["start_time", "window_name", "elapsed_time", "gpu0_energy", "gpu1_energy"]
    assert float(row[0]) == pytest.approx(began)
    assert row[1:] == ["a, and b", *map(str, [result.time, *result.gpu_energy.values()])]


def test_a_log_file_that_cannot_be_written_is_an_os_error_that_names_it(simulated_gpus, tmp_path):
    simulated_gpus()
    with pytest.raises(OSError, match=str(tmp_path)):
        ZeusMonitor(log_file=tmp_path)


def test_zero_energy_is_a_user_warning_that_names_the_remedy(simulated_gpus):
    simulated_gpus(tick=0.1)
    for _ in range(2):
        monitor = ZeusMonitor()
        monitor.begin_window("short")
        with pytest.warns(UserWarning, match="approx_instant_energy"):
            assert monitor.end_window("short").total_energy == 0


def test_short_windows_are_approximated_when_asked(simulated_gpus):
    box = simulated_gpus(tick=0.1)
    monitor = ZeusMonitor(approx_instant_energy=True)
    monitor.begin_window("short")
    box.sleep(0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = monitor.end_window("short")
    assert result.total_energy == pytest.approx(box.truth().power * result.time, rel=0.01)


def test_without_a_driver_only_time_is_measured(run_script):
    result = run_script("""
        from zeus.monitor import ZeusMonitor
        monitor = ZeusMonitor()
        monitor.begin_window("x")
        measurement = monitor.end_window("x")
        print(monitor.gpu_indices, measurement.gpu_energy, measurement.time >= 0)
        try:
            ZeusMonitor(gpu_indices=[0])
        except ValueError as error:
            print(error)
    """)
    assert result.stdout.splitlines() == ["[] {} True", "No GPUs available."], result.stderr


def test_an_empty_list_of_gpus_measures_time_only(simulated_gpus):
    box = simulated_gpus()
    monitor = ZeusMonitor(gpu_indices=[])
    monitor.begin_window("x")
    box.step()
    result = monitor.end_window("x")
    assert result.time > 0
    assert result.gpu_energy == {}
    assert result.total_energy == 0


@pytest.mark.parametrize(
    ("indices", "error"),
    [
        ([2], IndexError),
        ([-1], IndexError),
        ([0, 0], ValueError),
        (["0"], TypeError),
        (0, TypeError),
    ],
)
def test_gpu_indices_that_cannot_be_are_refused(simulated_gpus, indices, error):
    simulated_gpus(2)
    with pytest.raises(error):
        ZeusMonitor(gpu_indices=indices)


def test_cpu_indices_are_refused_where_there_are_no_cpus(simulated_gpus):
    simulated_gpus()
    assert ZeusMonitor(cpu_indices=[]).cpu_indices == ZeusMonitor().cpu_indices == []
    with pytest.raises(ValueError, match="No CPUs"):
        ZeusMonitor(cpu_indices=[0])


@pytest.mark.parametrize("key", [None, 7, b"bytes"])
def test_a_key_that_is_no_string_is_a_type_error(simulated_gpus, key):
    simulated_gpus()
    monitor = ZeusMonitor()
    with pytest.raises(TypeError):
        monitor.begin_window(key)
    with pytest.raises(TypeError):
        monitor.end_window(key)


def test_a_gpu_without_a_counter_is_sampled(simulated_gpus):
    box = simulated_gpus(scenario={"gpus": [{"model": "V100", "energy_counter": False}]})
    monitor = ZeusMonitor()
    monitor.begin_window("x")
    box.sleep(10)
    result = monitor.end_window("x")
    assert result.total_energy == pytest.approx(box.truth().power * 10, rel=0.02)


def test_a_gpu_in_mig_mode_is_refused(simulated_gpus):
    simulated_gpus(scenario={"gpus": [{"model": "A40", "mig": True}]})
    with pytest.raises(ZeusGPUNotSupportedError, match="MIG"):
        ZeusMonitor()


def test_a_lost_gpu_is_the_error_of_its_name_with_code_and_call(simulated_gpus):
    # The constructor reads twice, the window at each of its ends.
    fault = {"function": "nvmlDeviceGetTotalEnergyConsumption", "call": 4, "code": 15}
    simulated_gpus(scenario={"faults": [fault]})
    monitor = ZeusMonitor()
    monitor.begin_window("x")
    with pytest.raises(ZeusGPULostError) as caught:
        monitor.end_window("x")
    assert caught.value.code == 15
    assert caught.value.call == "nvmlDeviceGetTotalEnergyConsumption"
    assert str(caught.value) == caught.value.message


def test_a_counter_that_goes_back_is_an_error_and_closes_the_window(simulated_gpus):
    fault = {"counter_jumps_back_mj": 10**6, "call": 4}
    gpu = {"model": "V100", "energy_start_mj": 10**9}
    box = simulated_gpus(scenario={"gpus": [gpu], "faults": [fault]})
    monitor = ZeusMonitor()
    monitor.begin_window("x")
    box.step()
    with pytest.raises(ZeusGPUCounterError, match="'x'"):
        monitor.end_window("x")
    monitor.begin_window("x")


def test_what_is_monitored_is_logged_under_the_modules_name(simulated_gpus, caplog):
    simulated_gpus(2)
    with caplog.at_level(logging.INFO):
        ZeusMonitor(gpu_indices=[1])
    assert caplog.record_tuples[0] == (
        "zeus.monitor.energy",
        logging.INFO,
        "Monitoring GPU indices [1].",
    )


def test_windows_are_logged_at_debug_level(simulated_gpus, caplog):
    simulated_gpus()
    with caplog.at_level(logging.DEBUG, "zeus"):
        monitor = ZeusMonitor(gpu_indices=[])
        monitor.begin_window("x")
        monitor.end_window("x")
    debug = [record.message for record in caplog.records if record.levelno == logging.DEBUG]
    assert len(debug) == 2
    assert all("'x'" in message for message in debug)


def test_attributes_of_the_replaced_class_are_there(simulated_gpus):
    simulated_gpus()
    monitor = ZeusMonitor(approx_instant_energy=True, sync_execution_with="cupy")
    assert monitor.approx_instant_energy is True
    assert monitor.sync_with == "cupy"
    assert not isinstance(monitor.gpus, EmptyGPUs)
    assert len(monitor.cpus) == 0
