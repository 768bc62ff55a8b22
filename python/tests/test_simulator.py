# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Steps of simulated GPUs, for programs that were started on them."""

import pytest

from zeus import simulator


def steps_of(box):
    return [box.truth(gpu).steps for gpu in range(box.gpus)]


def test_a_step_is_one_of_all_visible_gpus(simulated_gpus):
    box = simulated_gpus(2)
    assert simulator.is_simulated()
    assert simulator.step()
    assert steps_of(box) == [1, 1]


def test_a_step_may_be_one_of_some_gpus(simulated_gpus):
    box = simulated_gpus(3)
    assert simulator.step([0, 2])
    assert steps_of(box) == [1, 0, 1]


def test_gpus_are_numbered_as_the_training_framework_does(simulated_gpus, monkeypatch):
    box = simulated_gpus(3)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,1")
    assert simulator.step([0])
    assert steps_of(box) == [0, 0, 1]
    assert simulator.step()
    assert steps_of(box) == [0, 1, 2]


def test_a_gpu_that_is_not_there_takes_no_step(simulated_gpus):
    box = simulated_gpus(2)
    with pytest.raises(IndexError, match="no GPU 2"):
        simulator.step([0, 2])
    assert steps_of(box) == [0, 0]


def test_a_child_process_steps_too(simulated_gpus, run_script):
    box = simulated_gpus(2)
    result = run_script("from zeus import simulator\nprint(simulator.step([1]))\n")
    assert result.stdout == "True\n", result.stderr
    assert steps_of(box) == [0, 1]


def test_without_simulated_gpus_nothing_happens(run_script):
    result = run_script("""
        import sys
        from zeus import simulator
        print(simulator.is_simulated(), simulator.step(), simulator.step_with_torch())
        print("torch" in sys.modules)
    """)
    assert result.stdout == "False False False\nFalse\n", result.stderr
