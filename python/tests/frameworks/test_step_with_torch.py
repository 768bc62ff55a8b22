# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Updates of PyTorch optimizers as steps of simulated GPUs."""

import torch  # noqa: F401  (where it is missing this fails, and is not skipped)


def test_every_update_is_a_step_of_the_gpus_that_were_named(simulated_gpus, run_script):
    box = simulated_gpus(2)
    result = run_script("""
        import torch
        from zeus.simulator import step_with_torch

        def update(kind):
            weight = torch.nn.Parameter(torch.ones(1))
            optimizer = kind([weight])
            (weight * 2).sum().backward()
            optimizer.step()

        update(torch.optim.SGD)
        assert step_with_torch([1])
        update(torch.optim.SGD)
        update(torch.optim.AdamW)
    """)
    assert result.returncode == 0, result.stderr
    assert [box.truth(gpu).steps for gpu in (0, 1)] == [0, 2]
