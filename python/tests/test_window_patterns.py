# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Serial, overlapping and nested windows on any of a machine's GPUs, with and without counters."""

import pytest

from zeus.monitor import ZeusMonitor
from zeus.utils.testing import ReplayZeusMonitor

MODELS = ["P100", "V100", "A40", "P100"]  # Pascal has no energy counter: its power is sampled

# Names begin a window where they come first, and end it the second time; a number is so many steps.
PATTERN = ["a", 1, "a", 2, "b", 3, "b", 4, "c", 1, "d", 2, "c", 3, "d", "e", "f", 2, "f", 3, "e"]


@pytest.mark.parametrize(
    ("visible", "indices"),
    [
        (None, None),
        (None, [0]),
        (None, [3, 1]),
        ("2", None),
        ("3,1", None),
        ("3,1", [1]),
        ("0,2,3", [2, 0]),
        ("1,2", [0, 1]),
    ],
)
def test_windows_on_any_gpus(simulated_gpus, monkeypatch, tmp_path, visible, indices):
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    gpus = [{"model": model} for model in MODELS]
    box = simulated_gpus(len(MODELS), step_seconds=1.0, scenario={"gpus": gpus})
    path = tmp_path / "log.csv"
    monitor = ZeusMonitor(gpu_indices=indices, log_file=path)
    in_sight = [int(each) for each in visible.split(",")] if visible else range(len(MODELS))
    chosen = range(len(in_sight)) if indices is None else indices
    drivers = {index: in_sight[index] for index in chosen}
    begun, order = {}, []
    for part in PATTERN:
        if isinstance(part, int):
            for _ in range(part):
                box.step()
        elif part not in begun:
            monitor.begin_window(part)
            begun[part] = {gpu: box.truth(gpu) for gpu in drivers.values()}
            with pytest.raises(ValueError, match=f"'{part}'"):
                monitor.begin_window(part)
        else:
            result = monitor.end_window(part)
            order.append((part, result))
            assert list(result.gpu_energy) == list(drivers)
            for index, gpu in drivers.items():
                before, after = begun[part][gpu], box.truth(gpu)
                assert result.time == pytest.approx(after.elapsed - before.elapsed)
                tolerance = 0.1 if MODELS[gpu] == "P100" else 1e-3
                assert result.gpu_energy[index] == pytest.approx(
                    after.energy - before.energy, rel=tolerance
                )
            with pytest.raises(ValueError, match=f"'{part}'"):
                monitor.end_window(part)
    rows = path.read_text().splitlines()
    assert rows[0].split(",")[3:] == [f"gpu{index}_energy" for index in drivers]
    assert [row.split(",")[1] for row in rows[1:]] == [name for name, _ in order]
    replay = ReplayZeusMonitor(log_file=path)
    assert replay.gpu_indices == list(drivers)
    for name, result in order:
        replay.begin_window(name)
        again = replay.end_window(name)
        assert again.time == pytest.approx(result.time)
        assert again.gpu_energy == pytest.approx(result.gpu_energy)
