# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""The GPUs that this process sees, after CUDA_VISIBLE_DEVICES."""

from __future__ import annotations

from zeus import _machine, _zeus
from zeus.device.gpu.common import *  # noqa: F403
from zeus.device.gpu.common import GPU, EmptyGPUs, GPUs
from zeus.device.gpu.nvidia import NVIDIAGPU, NVIDIAGPUs, nvml_is_available

__all__ = ["GPU", "EmptyGPUs", "GPUs", "NVIDIAGPU", "NVIDIAGPUs", "get_gpus", "nvml_is_available"]

_gpus: tuple[_zeus.Machine, NVIDIAGPUs] | None = None


def get_gpus(ensure_homogeneous: bool = False) -> GPUs:
    """The GPUs, the same object at each call while the visible devices stay the same.

    Args:
        ensure_homogeneous: Whether all visible GPUs must be of one model.

    Raises:
        ZeusGPUInitError: There is no driver; the message says what was tried.
        ZeusGPUHeterogeneousError: The GPUs are not of one model.
        ZeusGPUNotSupportedError: CUDA_VISIBLE_DEVICES names a MIG instance.
    """
    global _gpus
    machine = _machine.machine()
    if _gpus is None or _gpus[0] is not machine:
        _gpus = (machine, NVIDIAGPUs())
    if ensure_homogeneous:
        _gpus[1]._ensure_homogeneous()
    return _gpus[1]


def _forget() -> None:
    """Lets go of the GPUs and, once nobody else uses them, of the driver."""
    global _gpus
    _gpus = None
    _machine.forget()
