# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The same job under this package and under the one it replaces, on the same simulated driver.

ZEUS_REPLACED names a Python that has the other package; tools/test_python.sh makes one.
"""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BUILTIN = {"ValueError", "TypeError", "RuntimeError", "IndexError", "OSError", "AttributeError"}


def run(python, settings):
    result = subprocess.run(
        [python, str(HERE / "job.py"), json.dumps(settings)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd="/",
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.fixture
def both(simulated_gpus, tmp_path):
    """Runs the job under both packages, each on its own machine: (ours, theirs, their folders)."""

    def run_both(gpus=1, model="V100", **settings):
        results = []
        for name, python in (("ours", sys.executable), ("theirs", os.environ["ZEUS_REPLACED"])):
            folder = tmp_path / name
            folder.mkdir()
            simulated_gpus(gpus, model=model, seed=7, time_noise=0.02, power_noise=0.01)
            more = {"gpus": gpus, "csv": str(folder / "log.csv")}
            if "parameters" in settings:
                path = settings["parameters"].get("profile_path", str(folder / "profile.json"))
                more["parameters"] = settings["parameters"] | {"profile_path": path}
            results.append(run(python, settings | more))
        return (*results, tmp_path / "ours", tmp_path / "theirs")

    return run_both


def changes(limits):
    return [new for old, new in zip([None, *limits], limits, strict=False) if new != old]


@pytest.mark.parametrize(
    ("model", "gpus", "selector", "pl_step"),
    [
        ("V100", 1, (None, []), 25),
        ("V100", 4, (None, []), 50),
        ("V100", 2, ("Energy", []), 25),
        ("A40", 1, ("Time", []), 50),
        ("A40", 2, ("ZeusCost", [0.8, 2]), 25),
        ("V100", 1, ("MaxSlowdownConstraint", [1.1]), 30),
        ("RTX6000", 1, ("MaxSlowdownConstraint", [1.3]), 40),
    ],
)
def test_the_same_limits_are_set_measured_and_chosen(both, model, gpus, selector, pl_step):
    parameters = {"wait_steps": 2, "warmup_steps": 3, "profile_steps": 5, "pl_step": pl_step}
    ours, theirs, our_folder, their_folder = both(
        gpus, model, work="train", selector=selector, parameters=parameters, epochs=1, steps=120
    )
    assert theirs["states"][-1][0] == "Done"
    assert ours["states"] == theirs["states"]
    assert ours["first"] == theirs["first"]
    assert ours["limits"] == theirs["limits"]
    assert len(changes(ours["limits"])) >= 4
    assert len(ours["measurements"]) == len(theirs["measurements"])
    for mine, other in zip(ours["measurements"], theirs["measurements"], strict=True):
        assert mine == pytest.approx(other, rel=1e-6)
    our_profile = json.loads((our_folder / "profile.json").read_text())["measurements"]
    their_profile = json.loads((their_folder / "profile.json").read_text())["measurements"]
    for mine, other in zip(our_profile, their_profile, strict=True):
        assert list(mine)[:3] == list(other)  # version 2 has more: errors and the steps
        assert type(mine["power_limit"]) is type(other["power_limit"])
        assert {key: mine[key] for key in other} == pytest.approx(other, rel=1e-6)
    for attributes in (ours["attributes"], theirs["attributes"]):
        attributes.pop("profile_path")
    assert ours["attributes"] == theirs["attributes"]


def test_the_same_rows_are_logged(both):
    parameters = {"warmup_steps": 2, "profile_steps": 3, "pl_step": 50}
    _, _, *folders = both(
        2, work="train", selector=(None, []), parameters=parameters, epochs=1, steps=60
    )
    ours, theirs = (list(csv.reader((folder / "log.csv").open())) for folder in folders)
    assert ours[0] == theirs[0]
    assert len(ours) == len(theirs) == 5
    for mine, other in zip(ours[1:], theirs[1:], strict=True):
        assert mine[1] == other[1]
        numbers = [[float(row[i]) for i in (2, 3, 4)] for row in (mine, other)]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-6)


@pytest.mark.parametrize("writer", ["ours", "theirs"])
def test_each_loads_the_others_profile(both, tmp_path, writer):
    parameters = {"warmup_steps": 2, "profile_steps": 3, "pl_step": 50}
    job = {"work": "train", "selector": ("Energy", []), "epochs": 1}
    both(parameters=parameters, steps=60, **job)
    path = tmp_path / "profile.json"
    path.write_text((tmp_path / writer / "profile.json").read_text())
    for name in ("ours", "theirs"):
        (tmp_path / name).rename(tmp_path / f"{name} first")
    ours, theirs, *_ = both(parameters=parameters | {"profile_path": str(path)}, steps=2, **job)
    assert ours["first"][0] == "Done"
    assert ours["first"] == theirs["first"]
    assert ours["limits"] == theirs["limits"]
    assert ours["measurements"] == theirs["measurements"]


EVENTS = {
    r"[Ww]arm": "warming up",
    r"[Ss]etting .* limit": "setting",
    r"(actual p|^P)rofiling .*\d W": "profiling",
    r"(Finished|Profiled)": "profiled",
    r"[Oo]ptimal": "optimal",
    r"saved": "saved",
}


def test_the_log_tells_the_same_events_in_the_same_order(both):
    parameters = {"warmup_steps": 2, "profile_steps": 3, "pl_step": 50}
    ours, theirs, *_ = both(
        work="train", selector=(None, []), parameters=parameters, epochs=1, steps=60
    )

    def events(result):
        found = []
        for line in result["log"]:
            if line.startswith(("Expected against", "Profiling took")):
                continue  # ours alone says what the choice saves and cost
            [event] = {word for pattern, word in EVENTS.items() if re.search(pattern, line)}
            found.append((event, re.findall(r"\d+(?= W)", line)))
        return found

    assert events(ours) == events(theirs)
    assert len(ours["log"]) > 10


def test_windows_measure_the_same(both):
    ours, theirs, our_folder, their_folder = both(2, work="measure")
    for mine, other in zip(ours, theirs, strict=True):
        assert mine[0] == pytest.approx(other[0], rel=1e-6)
        assert [index for index, _ in mine[1]] == [index for index, _ in other[1]]
        assert [joules for _, joules in mine[1]] == pytest.approx(
            [joules for _, joules in other[1]]
        )
        assert mine[2:5] == other[2:5]
        assert mine[5] == pytest.approx(other[5])
    rows = [(folder / "log.csv").read_text().splitlines() for folder in (our_folder, their_folder)]
    assert [row.split(",")[1] for row in rows[0]] == [row.split(",")[1] for row in rows[1]]


def test_what_is_wrong_is_the_same_type_of_exception(both, tmp_path):
    damaged = tmp_path / "damaged.json"
    damaged.write_text('{"measurements": [')
    ours, theirs, *_ = both(work="errors", damaged=str(damaged))
    different = {
        name: (ours[name], theirs[name])
        for name in theirs
        if not BUILTIN.intersection(theirs[name]) <= set(ours[name])
        or {base for base in theirs[name] if base.startswith("Zeus")} - set(ours[name])
        or not ours[name]
    }
    assert different == {}


PATHS = [
    "zeus.callback:Callback.on_evaluate",
    "zeus.callback:CallbackSet",
    "zeus.device:get_gpus",
    "zeus.device:get_cpus",
    "zeus.metric:EnergyHistogram.begin_window",
    "zeus.metric:EnergyCumulativeCounter",
    "zeus.metric:PowerGauge",
    "zeus.monitor:Measurement",
    "zeus.monitor:PowerMonitor",
    "zeus.monitor:PowerMonitor.get_all_power_timelines",
    "zeus.monitor:PowerMonitor.get_energy",
    "zeus.monitor:PowerMonitor.get_power",
    "zeus.monitor:PowerMonitor.get_power_timeline",
    "zeus.monitor:TemperatureMonitor",
    "zeus.monitor:TemperatureMonitor.get_temperature",
    "zeus.monitor:TemperatureMonitor.get_temperature_timeline",
    "zeus.monitor:ZeusMonitor",
    "zeus.monitor:ZeusMonitor.begin_window",
    "zeus.monitor:ZeusMonitor.end_window",
    "zeus.monitor:ZeusMonitor.reset_windows",
    "zeus.optimizer.power_limit:Energy",
    "zeus.optimizer.power_limit:GlobalPowerLimitOptimizer",
    "zeus.optimizer.power_limit:MaxSlowdownConstraint",
    "zeus.optimizer.power_limit:OptimumSelector.select",
    "zeus.optimizer.power_limit:PowerLimitMeasurement",
    "zeus.optimizer.power_limit:Ready",
    "zeus.optimizer.power_limit:Warmup",
    "zeus.optimizer.power_limit:Profiling",
    "zeus.optimizer.power_limit:Done",
    "zeus.optimizer.power_limit:ZeusCost",
    "zeus.utils.env:get_env",
    "zeus.utils.framework:all_reduce",
    "zeus.utils.framework:sync_execution",
    "zeus.utils.metric:avg_power",
    "zeus.utils.metric:energy",
    "zeus.utils.metric:zeus_cost",
    *(
        f"zeus.device.gpu.common:GPUs.{name}"
        for name in (
            "get_average_memory_power_usage",
            "get_average_power_usage",
            "get_gpu_temperature",
            "get_instant_power_usage",
            "get_name",
            "get_persistence_mode",
            "get_power_management_limit",
            "get_power_management_limit_constraints",
            "get_supported_graphics_clocks",
            "get_supported_memory_clocks",
            "get_total_energy_consumption",
            "reset_gpu_locked_clocks",
            "reset_memory_locked_clocks",
            "reset_power_management_limit",
            "set_gpu_locked_clocks",
            "set_memory_locked_clocks",
            "set_persistence_mode",
            "set_power_management_limit",
            "supports_get_total_energy_consumption",
        )
    ),
]


def test_signatures_are_the_same_but_for_keyword_only_additions(both):
    ours, theirs, *_ = both(work="signatures", paths=PATHS)
    for path in PATHS:
        known = {name for name, _, _ in theirs[path]}
        common = [p for p in ours[path] if p[0] in known or p[1] != "KEYWORD_ONLY"]
        assert common == theirs[path], path


def test_measurements_and_states_have_the_same_methods(both):
    ours, theirs, *_ = both(work="models")
    assert ours == theirs


# Parts of the inside that the other package doesn't hide.
INSIDE = {
    "zeus.device.gpu.nvidia": ["ZeusdNVIDIAGPU"],
    "zeus.device.soc.common": ["SoCMeasurement"],
    "zeus.metric": ["MonitoringProcessState", "energy_monitoring_loop", "power_monitoring_loop"],
    "zeus.monitor.energy": ["MeasurementState"],
}


def test_every_module_is_there_or_says_why_not(simulated_gpus):
    simulated_gpus()
    theirs = run(os.environ["ZEUS_REPLACED"], {"work": "names"})
    assert len(theirs) > 70
    missing = run(sys.executable, {"work": "missing", "names": theirs})
    silent = {
        name: what
        for name, what in missing.items()
        if isinstance(what, list) or "zeus-cpp has no" not in what
    }
    assert silent == INSIDE
