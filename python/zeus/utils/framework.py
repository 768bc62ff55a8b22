# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""What differs between PyTorch, JAX and CuPy. None of them is imported before it is needed."""

from __future__ import annotations

import importlib
import logging
import sys
import types
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, Literal

logger = logging.getLogger(__name__)

MODULE_CACHE: dict[str, types.ModuleType] = {}
"""The frameworks found so far, by name."""

Framework = Literal["torch", "jax", "cupy"]


def _import(name: str, label: str, ensure_available: bool) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        logger.info("%s is not available.", label)
        if ensure_available:
            raise RuntimeError(f"{label} can't be imported") from error
        return None


@lru_cache(maxsize=4)
def torch_is_available(ensure_available: bool = False, ensure_cuda: bool = True) -> bool:
    """Whether PyTorch can be imported, which this does.

    Args:
        ensure_available: Whether its absence is an error.
        ensure_cuda: Whether a PyTorch that sees no GPU is an error.

    Raises:
        RuntimeError: As asked for.
    """
    torch = _import("torch", "PyTorch", ensure_available)
    if torch is None:
        return False
    has_cuda = torch.cuda.is_available()
    if ensure_cuda and not has_cuda:
        raise RuntimeError("PyTorch is available but does not have CUDA support.")
    MODULE_CACHE["torch"] = torch
    logger.info("PyTorch is available, %s CUDA.", "with" if has_cuda else "without")
    return True


@lru_cache(maxsize=4)
def jax_is_available(ensure_available: bool = False, ensure_cuda: bool = True) -> bool:
    """Whether JAX can be imported, which this does.

    Args:
        ensure_available: Whether its absence is an error.
        ensure_cuda: Whether a JAX that sees no GPU is an error.

    Raises:
        RuntimeError: As asked for.
    """
    jax = _import("jax", "JAX", ensure_available)
    if jax is None:
        return False
    try:
        has_cuda = bool(jax.devices("gpu"))
    except RuntimeError:
        has_cuda = False
    if ensure_cuda and not has_cuda:
        raise RuntimeError("JAX is available but does not have CUDA support.")
    MODULE_CACHE["jax"] = jax
    logger.info("JAX is available, %s CUDA.", "with" if has_cuda else "without")
    return True


@lru_cache(maxsize=2)
def cupy_is_available(ensure_available: bool = False) -> bool:
    """Whether CuPy can be imported, which this does.

    Args:
        ensure_available: Whether its absence is an error.

    Raises:
        RuntimeError: As asked for.
    """
    cupy = _import("cupy", "CuPy", ensure_available)
    if cupy is None:
        return False
    MODULE_CACHE["cupy"] = cupy
    logger.info("CuPy is available.")
    return True


@lru_cache(maxsize=1)
def _say_that_torch_has_nothing_to_wait_for() -> None:
    logger.info("PyTorch is not in use on a GPU: there is nothing to synchronize.")


def _wait_for_torch(gpus: Sequence[int]) -> None:
    # A PyTorch that nobody has imported, or that has not touched a GPU, has nothing under way. That
    # is asked at each edge of each window: not by is_available(), which takes microseconds.
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    if cuda is None or not cuda.is_initialized():
        _say_that_torch_has_nothing_to_wait_for()
        return
    # Waiting for a GPU makes a context on it, hundreds of MB where there was none: of the GPUs that
    # a rank monitors, most are other ranks'.
    is_in_use = getattr(getattr(torch, "_C", None), "_cuda_hasPrimaryContext", None)
    for gpu in gpus:
        if is_in_use is None or is_in_use(gpu):
            cuda.synchronize(gpu)


def _wait_for_jax(gpus: Sequence[int]) -> None:
    jax_is_available(ensure_available=True)
    jax: Any = MODULE_CACHE["jax"]
    devices = [*(jax.devices("gpu")[gpu] for gpu in gpus), jax.devices("cpu")[0]]
    # JAX can't be asked to wait for a device; what is put there last is ready last.
    jax.block_until_ready([jax.device_put(0.0, device=device) + 0 for device in devices])


def _wait_for_cupy(gpus: Sequence[int]) -> None:
    cupy_is_available(ensure_available=True)
    cupy: Any = MODULE_CACHE["cupy"]
    for gpu in gpus:
        cupy.cuda.Device(gpu).synchronize()


_WAYS: dict[str, Callable[[Sequence[int]], None]] = {
    "torch": _wait_for_torch,
    "jax": _wait_for_jax,
    "cupy": _wait_for_cupy,
}


def sync_execution(
    gpu_devices: Sequence[int], sync_with: Framework | Callable[[], object] = "torch"
) -> None:
    """Waits until these GPUs have done all the work that was handed to them.

    Args:
        gpu_devices: The GPUs' indices.
        sync_with: The framework that handed out the work, or a callable that waits for it. With
            "torch", where PyTorch isn't imported or sees no GPU there is nothing to wait for.

    Raises:
        RuntimeError: The framework isn't there, or isn't known.
    """
    if callable(sync_with):
        sync_with()
        return
    wait = _WAYS.get(sync_with)
    if wait is None:
        raise RuntimeError(f"there is no framework {sync_with!r}: torch, jax and cupy are known")
    wait(gpu_devices)


def synchronizer(
    gpu_devices: Sequence[int], sync_with: Framework | Callable[[], object]
) -> Callable[[], object]:
    """`sync_execution` with its arguments, as a monitor calls it.

    Raises:
        ValueError: `sync_with` is neither a framework's name nor callable.
    """
    if callable(sync_with):
        return sync_with
    wait = _WAYS.get(sync_with)
    if wait is None:
        raise ValueError(
            f"sync_execution_with must be 'torch', 'jax', 'cupy' or a callable, not {sync_with!r}"
        )
    return partial(wait, list(gpu_devices))


def _torch_distributed() -> Any:
    torch = sys.modules.get("torch")
    distributed = getattr(torch, "distributed", None)
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return None
    return distributed


def all_reduce(
    object: list[int] | list[float], operation: Literal["sum", "max"]
) -> list[int] | list[float]:
    """Reduces lists of numbers over the ranks of a job, element by element.

    Outside torch.distributed the list comes back as it is.

    Raises:
        ValueError: The operation is neither "sum" nor "max".
    """
    if operation not in ("sum", "max"):
        raise ValueError(f"the operation must be 'sum' or 'max', not {operation!r}")
    distributed = _torch_distributed()
    if distributed is None:
        return object
    torch = sys.modules["torch"]
    tensor = torch.tensor(object, dtype=torch.float64)
    if distributed.get_backend() == "nccl":
        tensor = tensor.cuda()
    kinds = distributed.ReduceOp
    distributed.all_reduce(tensor, op=kinds.SUM if operation == "sum" else kinds.MAX)
    reduced: list[float] = tensor.cpu().tolist()
    return reduced


def is_distributed() -> bool:
    """Whether this process is one of several in torch.distributed."""
    return _torch_distributed() is not None


def get_rank() -> int:
    """This process's rank in torch.distributed; 0 outside it."""
    distributed = _torch_distributed()
    return 0 if distributed is None else int(distributed.get_rank())


def get_world_size() -> int:
    """The number of processes in torch.distributed; 1 outside it."""
    distributed = _torch_distributed()
    return 1 if distributed is None else int(distributed.get_world_size())
