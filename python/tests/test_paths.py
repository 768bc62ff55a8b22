# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Files are named by any kind of path, and a program may change its folder."""

import os
from pathlib import Path

import pytest

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Done, Energy, GlobalPowerLimitOptimizer
from zeus.utils.testing import ReplayZeusMonitor

NAMES = [b"plain", "\u00fcml\u00e4ut".encode(), b"not UTF-8 \xff\xfe"]


class OfText:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return os.fsdecode(self.path)


class OfBytes(OfText):
    def __fspath__(self):
        return os.fsencode(self.path)


KINDS = {
    "str": os.fsdecode,
    "bytes": os.fsencode,
    "Path": lambda path: Path(os.fsdecode(path)),
    "an object with a str": OfText,
    "an object with bytes": OfBytes,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_path_names_the_files(simulated_gpus, tmp_path, monkeypatch, kind, name):
    box = simulated_gpus()
    monkeypatch.chdir(tmp_path)
    monitor = ZeusMonitor(log_file=KINDS[kind](name + b".csv"))
    plo = GlobalPowerLimitOptimizer(
        monitor, Energy(), 0, 0, 1, 50, profile_path=KINDS[kind](name + b".json")
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for _ in range(10):
        plo.on_step_begin()
        box.step()
    assert isinstance(plo.state, Done)
    assert isinstance(monitor.log_file, str)
    assert isinstance(plo.profile_path, Path)
    assert list(elsewhere.iterdir()) == []
    csv, json = (os.fsencode(tmp_path) + b"/" + name + end for end in (b".csv", b".json"))
    assert sorted(map(os.fsencode, os.listdir(tmp_path))) == sorted(  # noqa: PTH208
        [b"elsewhere", name + b".csv", name + b".json"]
    )
    replay = ReplayZeusMonitor(log_file=KINDS[kind](csv), match_window_name=False)
    replay.begin_window("any")
    assert replay.end_window("any").time > 0
    known = GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), profile_path=KINDS[kind](json))
    assert isinstance(known.state, Done)


@pytest.mark.parametrize("parameter", ["log_file", "profile_path"])
def test_a_path_that_is_none_is_a_type_error(simulated_gpus, parameter):
    simulated_gpus()
    with pytest.raises(TypeError):
        if parameter == "log_file":
            ZeusMonitor(log_file=3)
        else:
            GlobalPowerLimitOptimizer(ZeusMonitor(), profile_path=3)


def test_a_file_that_cannot_be_opened_is_named_even_where_its_name_is_not_utf8(simulated_gpus):
    simulated_gpus()
    with pytest.raises(OSError, match="/nonexistent/"):
        GlobalPowerLimitOptimizer(ZeusMonitor(), profile_path=b"/nonexistent/\xff/p.json")
