# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""sync_execution_with where the real PyTorch is there, without CUDA, and JAX and CuPy are not."""

import logging

import pytest
import torch

from zeus.monitor import ZeusMonitor
from zeus.utils import framework

NOTHING_TO_WAIT_FOR = "nothing to synchronize"


@pytest.fixture(autouse=True)
def nothing_was_said_yet():
    framework._say_that_torch_has_nothing_to_wait_for.cache_clear()
    framework.torch_is_available.cache_clear()


def test_a_torch_without_cuda_has_nothing_to_wait_for_and_that_is_said_once(simulated_gpus, caplog):
    assert not torch.cuda.is_available()
    caplog.set_level(logging.INFO)
    box = simulated_gpus(2)
    monitor = ZeusMonitor(sync_execution_with="torch")
    for _ in range(3):
        with monitor.window("step") as window:
            box.step()
        assert window.total_energy > 0
    assert caplog.text.count(NOTHING_TO_WAIT_FOR) == 1


@pytest.mark.parametrize(("name", "label"), [("jax", "JAX"), ("cupy", "CuPy")])
def test_a_framework_that_is_not_installed_is_an_error_that_names_it(simulated_gpus, name, label):
    box = simulated_gpus()
    monitor = ZeusMonitor(sync_execution_with=name)
    with pytest.raises(RuntimeError, match=f"^{label} can't be imported"):
        monitor.begin_window("step")
    # The window was not opened.
    with pytest.raises(RuntimeError, match=label):
        monitor.begin_window("step")
    box.step()


def test_a_torch_without_cuda_is_available_and_an_error_only_where_cuda_is_asked_for():
    assert framework.torch_is_available(ensure_cuda=False)
    with pytest.raises(RuntimeError, match="CUDA"):
        framework.torch_is_available(ensure_available=True)
