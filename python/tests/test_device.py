# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""zeus.device: the GPUs by the integers that drivers speak."""

import os
import warnings
from pathlib import Path

import pytest

from zeus.device import get_cpus, get_gpus, get_soc
from zeus.device.cpu import get_current_cpu_index
from zeus.device.cpu.common import CpuDramMeasurement, EmptyCPUs
from zeus.device.exception import ZeusBaseCPUError, ZeusBaseGPUError, ZeusBaseSoCError
from zeus.device.gpu import common
from zeus.device.gpu.common import EmptyGPUs
from zeus.device.soc import ZeusSoCInitError
from zeus.exception import ZeusBaseError


def test_gpus_speak_milliwatts_millijoules_and_celsius(simulated_gpus):
    box = simulated_gpus(2)
    gpus = get_gpus()
    assert len(gpus) == len(gpus.gpus) == 2
    assert "V100" in gpus.get_name(1)
    assert gpus.get_power_management_limit_constraints(1) == (100_000, 250_000)
    assert gpus.get_power_management_limit(1) == 250_000
    assert gpus.supports_get_total_energy_consumption(1) is True
    before = gpus.get_total_energy_consumption(1)
    box.step()
    used = gpus.get_total_energy_consumption(1) - before
    assert used == pytest.approx(box.truth(1).energy * 1000, abs=2)
    assert gpus.get_instant_power_usage(1) == pytest.approx(box.truth(1).power * 1000, rel=0.02)
    assert isinstance(gpus.get_gpu_temperature(1), int)
    assert 15 < gpus.get_gpu_temperature(1) < 110


def test_a_limit_is_set_and_reset_on_one_gpu(simulated_gpus):
    box = simulated_gpus(2)
    gpus = get_gpus()
    gpus.set_power_management_limit(1, 123_456)
    assert box.power_limits == [250_000, 123_456]
    gpus.reset_power_management_limit(1, block=False)
    assert box.power_limits == [250_000, 250_000]


def test_persistence_mode_is_turned_on_and_off(simulated_gpus):
    simulated_gpus()
    gpus = get_gpus()
    gpus.set_persistence_mode(0, True)
    assert gpus.get_persistence_mode(0) is True
    gpus.set_persistence_mode(0, enabled=False, block=True)
    assert gpus.get_persistence_mode(0) is False


def test_clocks_are_listed_locked_and_unlocked(simulated_gpus):
    simulated_gpus(model="A40")
    gpus = get_gpus()
    [memory_clock, *_] = gpus.get_supported_memory_clocks(0)
    clocks = gpus.get_supported_graphics_clocks(0, memory_clock)
    assert len(clocks) > 1
    assert gpus.get_supported_graphics_clocks(0) == clocks
    gpus.set_gpu_locked_clocks(0, min(clocks), max(clocks))
    gpus.reset_gpu_locked_clocks(0)
    gpus.set_memory_locked_clocks(0, memory_clock, memory_clock)
    gpus.reset_memory_locked_clocks(0)


def test_what_a_gpu_does_not_have_is_a_not_supported_error(simulated_gpus):
    simulated_gpus()
    with pytest.raises(common.ZeusGPUNotSupportedError):
        get_gpus().get_average_memory_power_usage(0)


def test_a_limit_out_of_range_is_an_invalid_argument(simulated_gpus):
    simulated_gpus()
    with pytest.raises(common.ZeusGPUInvalidArgError):
        get_gpus().set_power_management_limit(0, 99_999)


def test_a_limit_without_rights_is_a_no_permission_error(simulated_gpus):
    simulated_gpus(scenario={"gpus": [{"model": "V100", "writable": False}]})
    with pytest.raises(common.ZeusGPUNoPermissionError):
        get_gpus().set_power_management_limit(0, 200_000)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (2, "InvalidArg"),
        (3, "NotSupported"),
        (4, "NoPermission"),
        (5, "AlreadyInitialized"),
        (6, "NotFound"),
        (7, "InsufficientSize"),
        (8, "InsufficientPower"),
        (9, "DriverNotLoaded"),
        (10, "Timeout"),
        (11, "IRQ"),
        (12, "LibraryNotFound"),
        (13, "FunctionNotFound"),
        (14, "CorruptedInfoROM"),
        (15, "Lost"),
        (16, "ResetRequired"),
        (17, "OperatingSystem"),
        (18, "LibRMVersionMismatch"),
        (20, "Memory"),
        (999, "Unknown"),
    ],
)
def test_each_driver_code_is_an_exception_of_its_own(simulated_gpus, code, name):
    function = "nvmlDeviceSetPowerManagementLimit"
    simulated_gpus(scenario={"faults": [{"function": function, "code": code}]})
    gpus = get_gpus()
    with pytest.raises(ZeusBaseGPUError) as caught:
        gpus.set_power_management_limit(0, 200_000)
    assert type(caught.value) is getattr(common, f"ZeusGPU{name}Error")
    assert isinstance(caught.value, ZeusBaseError)
    assert (caught.value.code, caught.value.call) == (code, function)


def test_the_gpus_are_the_same_object_while_the_visible_devices_are(simulated_gpus, monkeypatch):
    simulated_gpus(2)
    first = get_gpus()
    assert get_gpus() is first
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    second = get_gpus()
    assert len(second) == 1
    assert [gpu.gpu_index for gpu in second.gpus] == [1]


def test_homogeneity_is_checked_when_asked(simulated_gpus):
    simulated_gpus(2, scenario={"gpus": [{"model": "V100"}, {"model": "A40"}]})
    assert len(get_gpus()) == 2
    with pytest.raises(common.ZeusGPUHeterogeneousError):
        get_gpus(ensure_homogeneous=True)


def test_a_mig_identifier_is_a_clear_error(simulated_gpus, monkeypatch):
    simulated_gpus()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-11111111-2222-3333-4444-555555555555")
    with pytest.raises(common.ZeusGPUNotSupportedError, match="MIG"):
        get_gpus()


def test_an_index_that_is_not_there_is_an_index_error(simulated_gpus):
    simulated_gpus()
    with pytest.raises(IndexError):
        get_gpus().get_name(1)


def test_old_names_work_with_a_warning(simulated_gpus):
    simulated_gpus()
    gpus = get_gpus()
    with pytest.warns(DeprecationWarning, match="get_power_management_limit"):
        assert gpus.getPowerManagementLimit(0) == 250_000
    with pytest.warns(DeprecationWarning, match="get_name"):
        assert "V100" in gpus.gpus[0].getName()
    with warnings.catch_warnings(), pytest.raises(AttributeError):
        warnings.simplefilter("error")
        gpus.getNothing()


def test_without_a_driver_there_is_a_clear_error(run_script):
    result = run_script("""
        from zeus.device import get_gpus
        from zeus.device.gpu import nvml_is_available
        from zeus.device.gpu.common import ZeusGPUInitError
        from zeus.monitor import PowerMonitor, ZeusMonitor
        from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer
        print(nvml_is_available())
        for make in (get_gpus, PowerMonitor):
            try:
                make()
            except ZeusGPUInitError as error:
                print("libnvidia-ml" in str(error))
    """)
    assert result.stdout.splitlines() == ["False", "True", "True"], result.stderr


def test_empty_gpus_have_none_and_say_so():
    gpus = EmptyGPUs()
    assert len(gpus) == 0
    assert gpus.gpus == []
    assert list(gpus.gpus) == []
    for call in (gpus.get_name, gpus.get_total_energy_consumption, gpus.get_persistence_mode):
        with pytest.raises(ValueError, match="No GPUs available"):
            call(0)


def test_there_are_no_cpus_and_no_systems_on_a_chip():
    cpus = get_cpus()
    assert isinstance(cpus, EmptyCPUs)
    assert len(cpus) == 0
    with pytest.raises(ValueError, match="No CPUs available"):
        cpus.get_total_energy_consumption(0)
    with pytest.raises(ZeusSoCInitError) as caught:
        get_soc()
    assert isinstance(caught.value, ZeusBaseSoCError)
    assert issubclass(ZeusBaseCPUError, ZeusBaseError)


def test_a_process_runs_on_a_cpu_package():
    packages = Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology/physical_package_id")
    there = {int(package.read_text()) for package in packages}
    assert get_current_cpu_index() in there
    assert get_current_cpu_index(os.getpid()) in there
    with pytest.raises(FileNotFoundError):
        get_current_cpu_index(2**30)


def test_cpu_measurements_are_subtracted_and_divided():
    difference = CpuDramMeasurement(30.0, 8.0) - CpuDramMeasurement(10.0, 2.0)
    assert difference == CpuDramMeasurement(20.0, 6.0)
    assert difference / 2 == CpuDramMeasurement(10.0, 3.0)
    assert CpuDramMeasurement(3.0) - CpuDramMeasurement(1.0) == CpuDramMeasurement(2.0)
    with pytest.raises(ZeroDivisionError):
        difference / 0
