# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What the power and the temperature monitor have in common."""

from __future__ import annotations

from zeus.device.gpu import get_gpus


def resolve(gpu_indices: list[int] | None) -> list[int]:
    """The GPUs to sample; all for None.

    Raises:
        ValueError: The list is empty, or there is no GPU.
        ZeusGPUInitError: There is no driver.
    """
    if gpu_indices is not None and not gpu_indices:
        raise ValueError("`gpu_indices` must be None or name at least one GPU")
    gpus = get_gpus()
    chosen = list(range(len(gpus)) if gpu_indices is None else gpu_indices)
    if not chosen:
        raise ValueError("no GPU is visible: there is nothing to monitor")
    return chosen
