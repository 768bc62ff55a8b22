# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Whose work is waited for at a window's edges."""

import sys
from types import SimpleNamespace

import pytest

from zeus.monitor import ZeusMonitor
from zeus.utils import framework


class FakeTorch:
    """Stands for an imported PyTorch that sees GPUs."""

    def __init__(self, has_gpus=True):
        self.synchronized = []
        self.is_initialized = has_gpus
        # No is_available(): it asks the driver, too much for each edge of a window.
        self.cuda = SimpleNamespace(
            is_initialized=lambda: self.is_initialized,
            synchronize=self.synchronized.append,
        )


@pytest.fixture
def torch(monkeypatch):
    fake = FakeTorch()
    monkeypatch.setitem(sys.modules, "torch", fake)
    return fake


def test_torch_waits_for_the_monitored_gpus_at_both_edges(simulated_gpus, torch):
    box = simulated_gpus(3)
    monitor = ZeusMonitor(gpu_indices=[2, 0])
    monitor.begin_window("x")
    assert torch.synchronized == [2, 0]
    box.step()
    monitor.end_window("x")
    assert torch.synchronized == [2, 0, 2, 0]


def test_only_gpus_that_torch_uses_are_waited_for(simulated_gpus, torch):
    # To wait for one of another rank would take memory there.
    torch._C = SimpleNamespace(_cuda_hasPrimaryContext=lambda gpu: gpu == 1)
    box = simulated_gpus(3)
    with ZeusMonitor().window("x"):
        box.step()
    assert torch.synchronized == [1, 1]


def test_a_torch_that_has_not_touched_a_gpu_is_not_made_to(simulated_gpus, torch):
    torch.is_initialized = False
    box = simulated_gpus()
    with ZeusMonitor().window("x"):
        box.step()
    assert torch.synchronized == []


def test_nothing_is_waited_for_when_told_not_to(simulated_gpus, torch):
    box = simulated_gpus()
    monitor = ZeusMonitor()
    monitor.begin_window("x", sync_execution=False)
    box.step()
    monitor.end_window("x", sync_execution=False)
    assert torch.synchronized == []


def test_nothing_is_waited_for_without_gpus(simulated_gpus, torch):
    simulated_gpus()
    monitor = ZeusMonitor(gpu_indices=[])
    monitor.begin_window("x")
    monitor.end_window("x")
    assert torch.synchronized == []


def test_a_torch_without_gpus_is_no_error(simulated_gpus, monkeypatch):
    box = simulated_gpus()
    monkeypatch.setitem(sys.modules, "torch", FakeTorch(has_gpus=False))
    with ZeusMonitor().window("x"):
        box.step()


def test_torch_is_not_imported_to_wait_for_it(simulated_gpus, monkeypatch):
    box = simulated_gpus()
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with ZeusMonitor().window("x"):
        box.step()
    assert "torch" not in sys.modules


def test_a_callable_is_called_before_each_edge(simulated_gpus):
    box = simulated_gpus()
    ends = []

    def finish_the_work():
        box.step()
        ends.append(box.time)

    monitor = ZeusMonitor(sync_execution_with=finish_the_work)
    monitor.begin_window("x")
    result = monitor.end_window("x")
    assert result.time == pytest.approx(ends[1] - ends[0])


def test_what_a_callable_raises_passes_and_changes_no_window(simulated_gpus):
    box = simulated_gpus()
    failing = True

    def finish_the_work():
        if failing:
            raise ZeroDivisionError("out of work")

    monitor = ZeusMonitor(sync_execution_with=finish_the_work)
    with pytest.raises(ZeroDivisionError, match="out of work"):
        monitor.begin_window("x")
    failing = False
    monitor.begin_window("x")
    failing = True
    with pytest.raises(ZeroDivisionError):
        monitor.end_window("x")
    failing = False
    box.step()
    assert monitor.end_window("x").time > 0


def test_an_unknown_framework_is_a_value_error_at_once(simulated_gpus):
    simulated_gpus()
    with pytest.raises(ValueError, match="tensorflow"):
        ZeusMonitor(sync_execution_with="tensorflow")
    with pytest.raises(RuntimeError, match="tensorflow"):
        framework.sync_execution([0], sync_with="tensorflow")


@pytest.mark.parametrize(("name", "label"), [("jax", "JAX"), ("cupy", "CuPy")])
def test_a_framework_that_was_asked_for_and_is_not_there_is_an_error(monkeypatch, name, label):
    monkeypatch.setitem(sys.modules, name, None)
    framework.jax_is_available.cache_clear()
    framework.cupy_is_available.cache_clear()
    with pytest.raises(RuntimeError, match=label):
        framework.sync_execution([0], sync_with=name)


def test_cupy_waits_for_each_device(monkeypatch):
    waited = []
    device = lambda index: SimpleNamespace(synchronize=lambda: waited.append(index))  # noqa: E731
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(cuda=SimpleNamespace(Device=device)))
    framework.cupy_is_available.cache_clear()
    framework.sync_execution([1, 3], sync_with="cupy")
    assert waited == [1, 3]


def test_jax_waits_for_the_gpus_and_the_host(monkeypatch):
    waited = []
    fake = SimpleNamespace(
        devices=lambda kind: [f"{kind}{index}" for index in range(4)],
        device_put=lambda value, device: _Put(device),
        block_until_ready=lambda futures: waited.extend(future.device for future in futures),
    )
    monkeypatch.setitem(sys.modules, "jax", fake)
    framework.jax_is_available.cache_clear()
    framework.sync_execution([1], sync_with="jax")
    assert waited == ["gpu1", "cpu0"]


class _Put:
    def __init__(self, device):
        self.device = device

    def __add__(self, other):
        return self


def test_outside_torch_distributed_a_process_is_alone():
    assert framework.all_reduce([1.0, 2.0], "sum") == [1.0, 2.0]
    assert not framework.is_distributed()
    assert (framework.get_rank(), framework.get_world_size()) == (0, 1)
    with pytest.raises(ValueError, match="min"):
        framework.all_reduce([1.0], "min")
