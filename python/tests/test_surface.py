# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The package as a whole: its names and signatures, its stubs, what importing it costs."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import zeus

SIGNATURES = {
    "zeus.monitor:ZeusMonitor": "gpu_indices=None, cpu_indices=None, approx_instant_energy=False, "
    "log_file=None, sync_execution_with='torch'",
    "zeus.monitor:ZeusMonitor.begin_window": "self, key, sync_execution=True, restart=False",
    "zeus.monitor:ZeusMonitor.end_window": "self, key, sync_execution=True, cancel=False",
    "zeus.monitor:ZeusMonitor.reset_windows": "self",
    "zeus.monitor:Measurement": "time, gpu_energy, cpu_energy=None, dram_energy=None, "
    "soc_energy=None",
    "zeus.monitor:PowerMonitor": "gpu_indices=None, update_period=None, max_samples_per_gpu=None, "
    "power_domains=None",
    "zeus.monitor:PowerMonitor.get_power": "self, time=None",
    "zeus.monitor:PowerMonitor.get_energy": "self, start_time, end_time",
    "zeus.monitor:PowerMonitor.get_power_timeline": "self, power_domain, gpu_index=None, "
    "start_time=None, end_time=None",
    "zeus.monitor:PowerMonitor.get_all_power_timelines": "self, gpu_index=None, start_time=None, "
    "end_time=None",
    "zeus.monitor:PowerMonitor.stop": "self",
    "zeus.monitor:TemperatureMonitor": "gpu_indices=None, update_period=1.0, "
    "max_samples_per_gpu=None",
    "zeus.monitor:TemperatureMonitor.get_temperature": "self, time=None",
    "zeus.monitor:TemperatureMonitor.get_temperature_timeline": "self, gpu_index=None, "
    "start_time=None, end_time=None",
    "zeus.monitor.energy:ZeusMonitor": None,
    "zeus.monitor.power:PowerDomain": None,
    "zeus.monitor.temperature:TemperatureMonitor": None,
    "zeus.optimizer.power_limit:GlobalPowerLimitOptimizer": "monitor, optimum_selector=None, "
    "wait_steps=1, warmup_steps=10, profile_steps=40, pl_step=25, profile_path=None, *, "
    "max_power_limit=None, communicator=None, local_gpu_index=None, construction_timeout=60.0, "
    "progress=None, idle_timeout=None, wanted_error=None, guard='auto', when_busy='refuse', "
    "search='sweep', host_power=0, retune_on_drift=None, drift_interval=1800.0",
    "zeus.optimizer.power_limit:GlobalPowerLimitOptimizer.on_step_begin": "self",
    "zeus.optimizer.power_limit:GlobalPowerLimitOptimizer.on_train_interrupted": "self",
    "zeus.optimizer.power_limit:GlobalPowerLimitOptimizer.on_batch_size": "self, samples",
    "zeus.optimizer.power_limit:GlobalPowerLimitOptimizer.progress": "self",
    "zeus.optimizer.power_limit:GlobalPowerLimitOptimizer.report": "self",
    "zeus.optimizer.power_limit:OptimumSelector.select": "self, measurements",
    "zeus.optimizer.power_limit:ZeusCost": "eta_knob, world_size=1",
    "zeus.optimizer.power_limit:MaxSlowdownConstraint": "factor",
    "zeus.optimizer.power_limit:LeastEnergyWithinSlowdown": "factor",
    "zeus.optimizer.power_limit:PowerLimitMeasurement": "*, power_limit, energy, time",
    "zeus.optimizer.power_limit:Ready": "*, next_power_limit, steps",
    "zeus.optimizer.power_limit:Warmup": "*, current_power_limit, steps",
    "zeus.optimizer.power_limit:Profiling": "*, current_power_limit, steps",
    "zeus.optimizer.power_limit:Done": "*, optimal_power_limit",
    "zeus.optimizer.power_limit:TuningProgress": "*, probes_done, probes_expected, steps_left, "
    "power_limit, stopped_because=''",
    "zeus.optimizer.power_limit:TuningReport": "*, probes, prior_power_limit, choice, "
    "choice_reason, stopped_because, dropped_probes, restarts, gain=None",
    "zeus.optimizer.power_limit:ProbeResult": "*, power_limit, energy, time, energy_error, "
    "time_error, steps, long_steps=LongSteps(share=0.0, times=0.0, are_counted=False), "
    "drifts=False, is_sure=True",
    "zeus.optimizer.power_limit:LongSteps": "*, share=0.0, times=0.0, are_counted=False",
    "zeus.optimizer.power_limit:ExpectedGain": "*, reference_power_limit, energy_change, "
    "energy_error, time_change, time_error, host_power, profiling_steps, profiling_energy, "
    "profiling_time, payback_steps",
    "zeus.callback:CallbackSet": "callbacks",
    "zeus.callback:Callback.on_evaluate": "self, metric",
    "zeus.device:get_gpus": "ensure_homogeneous=False",
    "zeus.device:get_cpus": "",
    "zeus.device.gpu:EmptyGPUs": "ensure_homogeneous=False",
    "zeus.device.gpu.common:GPUs.set_power_management_limit": "self, gpu_index, power_limit_mw, "
    "block=True",
    "zeus.device.gpu.common:GPUs.set_persistence_mode": "self, gpu_index, enabled, block=True",
    "zeus.device.gpu.common:GPUs.set_gpu_locked_clocks": "self, gpu_index, min_clock_mhz, "
    "max_clock_mhz, block=True",
    "zeus.device.gpu.common:GPUs.get_supported_graphics_clocks": "self, gpu_index, "
    "memory_clock_mhz=None",
    "zeus.device.exception:ZeusBaseGPUError": "message",
    "zeus.exception:ZeusBaseError": "message",
    "zeus.show_env:show_env": "",
    "zeus.utils.env:get_env": "name, valtype, default=None",
    "zeus.utils.framework:sync_execution": "gpu_devices, sync_with='torch'",
    "zeus.utils.framework:all_reduce": "object, operation",
    "zeus.utils.metric:zeus_cost": "energy, time, eta_knob, max_power",
    "zeus.utils.metric:energy": "logfile, start=None, end=None",
}


@pytest.mark.parametrize("path", SIGNATURES)
def test_a_public_name_is_there_with_its_signature_and_docstring(path):
    module, _, name = path.partition(":")
    thing = importlib.import_module(module)
    for part in name.split("."):
        thing = getattr(thing, part)
    assert inspect.getdoc(thing)
    if SIGNATURES[path] is None:
        return
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(thing).parameters.values()
    ]
    assert str(inspect.Signature(parameters)) == f"({SIGNATURES[path]})"


@pytest.mark.parametrize(
    "module",
    [
        "zeus._legacy",
        "zeus.device.gpu.amd",
        "zeus.device.soc.apple",
        "zeus.monitor.carbon",
        "zeus.monitor.price",
        "zeus.optimizer.batch_size",
        "zeus.optimizer.batch_size.client",
        "zeus.optimizer.pipeline_frequency",
        "zeus.profile",
        "zeus.utils.zeusd",
    ],
)
def test_a_module_that_is_not_ported_says_so(module):
    with pytest.raises(ImportError, match="zeus-cpp has no"):
        importlib.import_module(module)


def test_a_module_that_never_was_is_an_ordinary_error():
    with pytest.raises(ModuleNotFoundError, match="No module named 'zeus.nonsense'"):
        importlib.import_module("zeus.nonsense")


def test_importing_brings_no_framework_and_nothing_heavy(run_script):
    result = run_script("""
        import sys
        import zeus.monitor, zeus.optimizer.power_limit, zeus.device, zeus.simulator
        heavy = {"torch", "jax", "cupy", "transformers", "numpy", "pandas", "pydantic", "asyncio",
                 "prometheus_client", "unittest", "email", "http", "multiprocessing"}
        print(sorted(heavy & set(sys.modules)))
    """)
    assert result.stdout == "[]\n", result.stderr


def test_the_version_is_the_distributions():
    assert zeus.__version__ == importlib.metadata.version("zeus-cpp")


def test_the_stub_file_is_that_of_the_module(tmp_path):
    made = tmp_path / "_zeus.pyi"
    subprocess.run(
        [sys.executable, "-m", "nanobind.stubgen", "-q", "-m", "zeus._zeus", "-o", str(made)],
        check=True,
        timeout=120,
    )
    header, checked_in = (Path(zeus.__file__).parent / "_zeus.pyi").read_text().split("\n\n", 1)
    assert header.startswith("# SPDX")
    assert checked_in.strip() == made.read_text().strip()


def test_the_type_marker_is_there():
    assert (Path(zeus.__file__).parent / "py.typed").exists()


def test_the_program_is_installed():
    program = Path(sys.executable).parent / "zeus"
    result = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")
    assert "demo" in result.stdout


def test_the_installed_demo_finds_its_driver():
    program = Path(sys.executable).parent / "zeus"
    result = subprocess.run(
        [program, "demo", "--json"], capture_output=True, text=True, timeout=120
    )
    assert (result.returncode, result.stderr) == (0, "")
