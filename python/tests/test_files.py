# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Files that are named, and how the command `zeus` is started from Python's environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zeus.monitor import ZeusMonitor

HEADER = "start_time,window_name,elapsed_time"
ZEUS = Path(sys.executable).parent / "zeus"


def window(monitor, name):
    monitor.begin_window(name)
    monitor.end_window(name)


def names_in(path):
    return [line.split(",")[1] for line in path.read_text().splitlines()[1:]]


def python(script, **environment):
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


LOGGING = """
from zeus.monitor import ZeusMonitor
monitor = ZeusMonitor(gpu_indices=[], cpu_indices=[], log_file={path!r})
"""


def test_a_cell_that_is_run_again_takes_its_log_file_over(tmp_path):
    path = tmp_path / "log.csv"
    for name in ("first", "second"):
        # The monitor of before goes away only after the new one has been made.
        monitor = ZeusMonitor(gpu_indices=[], cpu_indices=[], log_file=path)
        window(monitor, name)
    assert names_in(path) == ["second"]


def test_the_log_file_of_another_process_is_an_error_that_says_what_to_do(tmp_path):
    path = tmp_path / "log.csv"
    monitor = ZeusMonitor(gpu_indices=[], cpu_indices=[], log_file=path)
    other = python(LOGGING.format(path=str(path)))
    assert other.returncode == 1
    assert "ZeusFileError" in other.stderr
    assert "written by another process" in other.stderr
    assert "{rank}" in other.stderr
    window(monitor, "mine")
    assert names_in(path) == ["mine"]


def test_a_worker_that_was_forked_does_not_keep_the_log_file(tmp_path):
    path = tmp_path / "log.csv"
    monitor = ZeusMonitor(gpu_indices=[], cpu_indices=[], log_file=path)
    reading, writing = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.close(writing)
        os.read(reading, 1)  # until the parent closes its end
        os._exit(0)
    del monitor
    later = python(LOGGING.format(path=str(path)))
    os.close(writing)
    os.close(reading)
    os.waitpid(worker, 0)
    assert later.returncode == 0, later.stderr


@pytest.mark.parametrize("variable", ["RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID"])
def test_a_log_file_per_rank_is_named_after_it(tmp_path, variable):
    others = {"RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"} - {variable}
    result = python(
        LOGGING.format(path=str(tmp_path / "log-{rank}.csv")) + "print(monitor.log_file)",
        **{variable: "7"},
        **dict.fromkeys(others, ""),
    )
    assert result.stdout == f"{tmp_path}/log-7.csv\n", result.stderr
    assert (tmp_path / "log-7.csv").read_text() == HEADER + "\n"


def test_a_log_file_of_a_single_process_has_rank_0(tmp_path):
    monitor = ZeusMonitor(gpu_indices=[], cpu_indices=[], log_file=tmp_path / "log-{rank}.csv")
    window(monitor, "w")
    assert names_in(tmp_path / "log-0.csv") == ["w"]


def test_a_log_file_stays_where_it_was_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monitor = ZeusMonitor(gpu_indices=[], cpu_indices=[], log_file="log.csv")
    monkeypatch.chdir("/")
    window(monitor, "w")
    assert names_in(tmp_path / "log.csv") == ["w"]


def test_the_command_ends_when_nobody_reads_its_output(simulated_gpus):
    simulated_gpus(1, virtual_clock=False)
    result = subprocess.run(
        ["bash", "-c", f"exec 3> >(:); wait $!; exec {ZEUS} power --interval 0.05 >&3"],
        capture_output=True,
        timeout=60,
    )
    assert result.returncode == -13
    assert result.stderr == b""


PROGRAMS = ["zeus.monitor power --update-period 0.05", "zeus.show_env"]


def run_program(program, redirection, setup=""):
    command = f"{setup} exec {sys.executable} -m {program} {redirection}"
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_ends_when_nobody_reads_its_output(simulated_gpus, program):
    simulated_gpus(1, virtual_clock=False)
    result = run_program(program, ">&3", "exec 3> >(:); wait $!;")
    assert result.returncode == -13
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_says_in_one_line_that_the_disk_is_full(simulated_gpus, program):
    simulated_gpus(1, virtual_clock=False)
    result = run_program(program, "> /dev/full")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "zeus: the output cannot be written: No space left on device"
    )
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "error",
    ["PermissionError(13, 'no right', 'file')", "OSError('no number')", "OSError(19, 'no device')"],
)
def test_an_error_of_the_program_is_not_one_of_its_output(run_script, error):
    result = run_script(
        f"from zeus._output import program_output\nwith program_output():\n    raise {error}"
    )
    assert "output cannot be written" not in result.stderr
    assert result.stderr.splitlines()[-1].startswith(error.partition("(")[0])


def test_a_command_under_measure_finds_the_signals_as_without_it():
    # With a path, as the other has: Python 3.13 starts that by posix_spawn, and glibc's makes the
    # child ignore the two signals that are its own.
    plain = [shutil.which("grep"), "-E", "^Sig(Ign|Blk)", "/proc/self/status"]
    under = [ZEUS, "measure", "--no-cpus", "--output", "/dev/null", "--", *plain]
    assert subprocess.check_output(under) == subprocess.check_output(plain)
