# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""CPU packages, on a folder like Linux's /sys/class/powercap/intel-rapl."""

import json
import subprocess

import pytest

RANGE_UJ = 262_143_328_850


class Powercap:
    def __init__(self, folder):
        self.folder = folder

    def add(self, zone, name, energy_uj=0):
        folder = self.folder / zone
        folder.mkdir(parents=True)
        (folder / "name").write_text(name + "\n")
        (folder / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
        (folder / "energy_uj").write_text(f"{energy_uj}\n")


@pytest.fixture
def run(run_script, tmp_path):
    """Runs a program on two packages, the second of which has memory that is measured."""
    powercap = Powercap(tmp_path / "intel-rapl")
    powercap.add("intel-rapl:0", "package-0", 1_000_000)
    powercap.add("intel-rapl:1", "package-1", RANGE_UJ - 1_000_000)
    powercap.add("intel-rapl:1/intel-rapl:1:0", "dram", 0)
    powercap.add("intel-rapl:2", "psys", 0)
    prelude = """
import json, os
from pathlib import Path
from zeus.device import get_cpus
from zeus.monitor import ZeusMonitor

def count(zone, energy_uj):
    (Path(os.environ["ZEUS_POWERCAP"]) / zone / "energy_uj").write_text(f"{energy_uj}\\n")
"""

    def run_on_powercap(program):
        environment = {"ZEUS_POWERCAP": str(powercap.folder)}
        result: subprocess.CompletedProcess[str] = run_script(
            prelude + program, environment=environment
        )
        assert result.returncode == 0, result.stderr
        return result

    return run_on_powercap


def test_a_window_measures_packages_and_their_memory(run, tmp_path):
    result = run("""
monitor = ZeusMonitor(gpu_indices=[], log_file="log.csv")
monitor.begin_window("w")
count("intel-rapl:0", 3_500_000)
count("intel-rapl:1", 2_000_000)               # through the end of its range
count("intel-rapl:1/intel-rapl:1:0", 250_000)
m = monitor.end_window("w")
print(json.dumps([monitor.cpu_indices, m.cpu_energy, m.dram_energy, m.total_energy]))
""")
    assert json.loads(result.stdout) == [[0, 1], {"0": 2.5, "1": 3.0}, {"1": 0.25}, 0]
    header, row = (tmp_path / "log.csv").read_text().splitlines()
    assert header.split(",")[3:] == ["cpu0_energy", "cpu1_energy", "dram1_energy"]
    assert row.split(",")[3:] == ["2.5", "3.0", "0.25"]


def test_packages_may_be_chosen_or_left_out(run):
    result = run("""
for indices in ([0], [], [7]):
    try:
        monitor = ZeusMonitor(gpu_indices=[], cpu_indices=indices)
    except IndexError as error:
        print(error)
        continue
    monitor.begin_window("w")
    m = monitor.end_window("w")
    print(m.cpu_energy, m.dram_energy)
""")
    assert result.stdout.splitlines() == [
        "{0: 0.0} None",
        "None None",
        "there is no CPU 7: 2, counted from 0",
    ]


def test_cpus_speak_millijoules(run):
    result = run("""
cpus = get_cpus()
assert cpus is get_cpus()
count("intel-rapl:0", 3_500_000)
count("intel-rapl:1/intel-rapl:1:0", 250_000)
for index in range(len(cpus)):
    print(cpus.supports_get_dram_energy_consumption(index),
          cpus.get_total_energy_consumption(index))
""")
    assert result.stdout.splitlines() == [
        "False CpuDramMeasurement(cpu_mj=2500.0, dram_mj=None)",
        "True CpuDramMeasurement(cpu_mj=0.0, dram_mj=250.0)",
    ]


def test_a_counter_that_fails_is_a_cpu_error_that_names_it(run):
    result = run("""
from zeus.device.exception import ZeusBaseCPUError
monitor = ZeusMonitor(gpu_indices=[])
monitor.begin_window("w")
(Path(os.environ["ZEUS_POWERCAP"]) / "intel-rapl:0/energy_uj").write_text("")
try:
    monitor.end_window("w")
except ZeusBaseCPUError as error:
    print(error)
""")
    assert "intel-rapl:0/energy_uj has no number" in result.stdout


def test_counters_that_may_not_be_read_are_told_once_and_absent(run):
    result = run("""
import logging
logging.basicConfig(format="%(levelname)s %(message)s")
counter = Path(os.environ["ZEUS_POWERCAP"]) / "intel-rapl:0/energy_uj"
for zone in ("intel-rapl:0", "intel-rapl:1"):
    count(zone, "nonsense")
monitors = [ZeusMonitor(gpu_indices=[]) for _ in range(2)]
print(monitors[1].cpu_indices, len(get_cpus()))
try:
    ZeusMonitor(gpu_indices=[], cpu_indices=[0])
except RuntimeError as error:
    print(error)
""")
    none, refused = result.stdout.splitlines()
    assert none == "[] 0"
    assert "intel-rapl:0/energy_uj has no number" in refused
    assert result.stderr.count("WARNING") == 1
    assert "intel-rapl:0/energy_uj has no number" in result.stderr


def test_show_env_shows_packages_or_why_there_are_none(run, tmp_path):
    assert (
        "  CPU 0: energy counter, without memory's\n  CPU 1: energy counter, with memory's\n"
        in run("from zeus.show_env import show_env; show_env()").stdout
    )
    result = run("""
os.environ["ZEUS_POWERCAP"] = "/nowhere"
from zeus.show_env import show_env
show_env()
""")
    assert "No CPUs: " in result.stdout
    assert "does not measure" not in result.stdout
