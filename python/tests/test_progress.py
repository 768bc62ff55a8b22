# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The line on a terminal while power limits are profiled."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import textwrap

import pytest
from test_communicator import construct, optimizer

from zeus.optimizer._progress import is_wanted
from zeus.optimizer.power_limit import Done, Stopped, Waiting

pytest.importorskip("tqdm", reason="tqdm is not installed")

TRAIN = """
    import logging, sys
    from zeus import simulator
    from zeus.monitor import ZeusMonitor
    from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer

    def make(**more):
        return GlobalPowerLimitOptimizer(
            ZeusMonitor(), wait_steps=1, warmup_steps=2, profile_steps=5, pl_step=50, **more
        )

    def steps(plo, count):
        for _ in range(count):
            plo.on_step_begin()
            simulator.step()
            plo.on_step_end()
"""


class Screen:
    """What a terminal shows after it was sent this text."""

    def __init__(self, text):
        self.text = text
        self.rows = [""]
        row = column = 0
        for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|.", text, re.DOTALL):
            if part == "\r":
                column = 0
            elif part == "\n":
                row += 1
                self.rows += [""] * (row + 1 - len(self.rows))
            elif part == "\x1b[A":
                row = max(0, row - 1)
            else:
                assert not part.startswith("\x1b"), part
                line = self.rows[row].ljust(column + 1)
                self.rows[row] = line[:column] + part + line[column + 1 :]
                column += 1

    def lines(self):
        return [row.rstrip() for row in self.rows if row.strip()]


@pytest.fixture
def on_terminal(tmp_path):
    """Runs a program whose stderr is a terminal of 100 columns: the screen and stdout."""

    def run(text):
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(TRAIN) + textwrap.dedent(text))
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        environment = os.environ | {"TERM": "xterm"}
        with subprocess.Popen(
            [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=theirs, env=environment
        ) as process:
            os.close(theirs)
            written = b""
            while True:
                try:
                    piece = os.read(ours, 65536)
                except OSError:  # the other side is closed
                    break
                if not piece:
                    break
                written += piece
            stdout = process.stdout.read().decode()
        os.close(ours)
        assert process.returncode == 0, written.decode()
        return Screen(written.decode().replace("\r\n", "\n").replace("\n", "\r\n")), stdout

    return run


def test_the_line_tells_the_limit_which_of_how_many_and_the_steps_left(simulated_gpus, on_terminal):
    simulated_gpus()
    screen, _ = on_terminal("""
        plo = make()
        steps(plo, 1 + 4 * 7 + 1)
        print(plo.state)
    """)
    told = re.findall(r"Power limit (\d+) W \((\d) of (\d)\), (\d+) steps left", screen.text)
    firsts = {}
    for limit, number, count, left in told:
        firsts.setdefault((limit, number, count), int(left))
    assert firsts == {
        ("250", "1", "4"): 29,
        ("200", "2", "4"): 21,
        ("150", "3", "4"): 14,
        ("100", "4", "4"): 7,
    }
    assert screen.lines() == []


def test_nothing_is_written_where_stderr_is_a_pipe(simulated_gpus, run_script):
    simulated_gpus()
    result = run_script(textwrap.dedent(TRAIN) + "plo = make()\nsteps(plo, 30)\nprint(plo.state)\n")
    assert result.stdout.startswith("Done("), result.stderr
    assert result.stderr == ""


def test_nothing_is_shown_where_it_is_not_wanted(simulated_gpus, on_terminal):
    simulated_gpus()
    screen, _ = on_terminal("steps(make(progress=False), 30)")
    assert screen.text == ""


def test_only_the_first_rank_shows_the_line(simulated_gpus, capsys):
    box = simulated_gpus(2)
    first, second = construct(
        2, lambda rank, communicator: optimizer(rank, communicator, progress=True)
    )
    second.on_step_begin()
    second.on_step_begin()
    assert capsys.readouterr().err == ""
    first.on_step_begin()
    assert "Power limit 250 W (1 of 2), 6 steps left" in capsys.readouterr().err
    for _ in range(2):
        first.on_step_begin()
        box.step()
    first.on_step_begin()
    assert isinstance(first.state, Waiting)
    assert "Waiting for the other ranks" in capsys.readouterr().err
    first.close()


def test_the_line_goes_when_training_ends_and_comes_back_when_it_goes_on(
    simulated_gpus, on_terminal
):
    simulated_gpus()
    screen, _ = on_terminal("""
        plo = make()
        steps(plo, 12)
        plo.on_train_end()
        print("between", file=sys.stderr)
        steps(plo, 18)
    """)
    unfinished, between = screen.lines()
    assert "tuning is not finished: 1 of 4 power limits" in unfinished
    assert between == "between"
    before, after = screen.text.split("between")
    assert "Power limit 250 W" in before
    assert "Power limit 200 W (2 of 4)" in after


def test_the_log_is_not_written_into_the_line(simulated_gpus, on_terminal):
    simulated_gpus()
    screen, _ = on_terminal("""
        logging.basicConfig(level=logging.INFO, format="%(message)s")
        steps(make(), 30)
    """)
    shown = screen.lines()
    assert "Setting the power limit to 200 W." in shown
    assert not any("steps left" in line for line in shown)


def test_a_bar_that_was_there_first_keeps_its_place(simulated_gpus, on_terminal):
    simulated_gpus()
    screen, _ = on_terminal("""
        from tqdm import tqdm
        plo = make()
        for _ in tqdm(range(30), desc="training", mininterval=0):
            steps(plo, 1)
    """)
    assert [line.split(":")[0] for line in screen.lines()] == ["training"]
    assert "100%" in screen.lines()[0]


def test_a_job_that_goes_on_counts_what_is_known(simulated_gpus, on_terminal, tmp_path):
    simulated_gpus()
    profile = tmp_path / "profile.json"
    screen, _ = on_terminal(f"""
        plo = make(profile_path={str(profile)!r}, progress=False)
        steps(plo, 20)
        plo.close()
        plo = make(profile_path={str(profile)!r})
        steps(plo, 3)
        plo.close()
    """)
    assert "Power limit 150 W (3 of 4), 15 steps left" in screen.text
    assert screen.lines() == []


def test_the_line_starts_anew_when_the_search_does(simulated_gpus, on_terminal):
    simulated_gpus()
    screen, _ = on_terminal("""
        plo = make()
        plo.on_batch_size(8)
        steps(plo, 20)
        plo.on_batch_size(4)
        print("smaller", file=sys.stderr)
        steps(plo, 30)
        print(plo.state)
    """)
    before, after = screen.text.split("smaller")
    assert "Power limit 150 W (3 of 4), 12 steps left" in before
    assert "Power limit 250 W (1 of 4), 28 steps left" in after
    assert "Power limit 100 W (4 of 4), 7 steps left" in after


def test_the_line_goes_when_training_is_interrupted(simulated_gpus, on_terminal):
    simulated_gpus()
    screen, _ = on_terminal("""
        plo = make()
        steps(plo, 12)
        plo.on_train_interrupted()
        print("between", file=sys.stderr)
        steps(plo, 22)
        print(plo.state, file=sys.stderr)
    """)
    assert screen.lines()[0] == "between"
    assert screen.lines()[1].startswith("Done(")


def test_a_terminal_that_is_gone_does_not_end_the_training(train, monkeypatch):
    class Gone:
        def isatty(self):
            return True

        def write(self, text):
            raise OSError(5, "Input/output error")

        flush = write

    monkeypatch.setattr("sys.stderr", Gone())
    training = train(pl_step=50)
    training.steps(20)
    assert isinstance(training.plo.state, Done)


@pytest.mark.parametrize("ending", ["done", "stopped", "closed"])
def test_the_hooks_are_the_engines_own_once_the_line_is_gone(train, capsys, ending):
    training = train(pl_step=50, progress=True)
    own = type(training.plo._engine.hook("on_step_begin"))
    plain = training.plo.on_step_end
    assert type(plain) is own
    assert type(training.plo.on_step_begin) is not own
    kept = training.plo.on_step_begin
    if ending == "done":
        training.steps(20)
        assert isinstance(training.plo.state, Done)
    elif ending == "stopped":
        training.steps(2)
        training.plo.monitor.reset_windows()
        training.steps(4)
        assert isinstance(training.plo.state, Stopped)
    else:
        training.steps(2)
        training.plo.close()
    assert type(training.plo.on_step_begin) is own
    assert type(training.plo.on_epoch_end) is own
    shown = capsys.readouterr().err
    assert "Power limit" in shown
    kept()
    assert capsys.readouterr().err == ""


def test_a_subclass_that_overrides_the_step_shows_the_line_too(simulated_gpus, on_terminal):
    simulated_gpus()
    screen, stdout = on_terminal("""
        class Counting(GlobalPowerLimitOptimizer):
            count = 0

            def on_step_begin(self):
                self.count += 1
                super().on_step_begin()

        plo = Counting(ZeusMonitor(), warmup_steps=2, profile_steps=5, pl_step=50)
        steps(plo, 40)
        print(plo.count, type(plo.state).__name__)
    """)
    assert "Power limit 100 W (4 of 4)" in screen.text
    assert stdout == "40 Done\n"


def test_an_optimizer_that_is_dropped_is_gone_at_once(simulated_gpus, on_terminal):
    simulated_gpus()
    screen, stdout = on_terminal("""
        import gc
        gc.disable()
        plo = make(max_power_limit=200)
        steps(plo, 4)
        del plo
        print(ZeusMonitor().gpus.get_power_management_limit(0))
    """)
    assert stdout == "250000\n"
    assert screen.lines() == []


def test_progress_is_true_false_or_none(train):
    with pytest.raises(TypeError, match="progress"):
        train(progress="yes")


def test_without_tqdm_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert is_wanted(None) is False
    assert is_wanted(False) is False
    with pytest.raises(ImportError, match=r"zeus-cpp\[progress\]"):
        is_wanted(True)
