# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""`python -m zeus.show_env`: what there is on this machine, for whoever looks for a fault."""

from __future__ import annotations

import logging
import os
import platform
import shutil
from collections.abc import Callable
from importlib import metadata

import zeus
from zeus import _machine
from zeus._output import program_output
from zeus.device.cpu import get_cpus
from zeus.device.exception import ZeusBaseGPUError
from zeus.device.gpu import get_gpus
from zeus.utils import framework

_PACKAGES = {"PyTorch": "torch", "JAX": "jax", "CuPy": "cupy", "Transformers": "transformers"}
_CHECKS: dict[str, Callable[..., bool]] = {
    "PyTorch": framework.torch_is_available,
    "JAX": framework.jax_is_available,
}


def _version(label: str, package: str) -> str:
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not available"
    check = _CHECKS.get(label)
    if check is None:
        return version
    try:
        check(ensure_available=True)
    except RuntimeError as error:
        return f"{version} ({error})"
    return f"{version} (with CUDA support)"


def _packages() -> list[str]:
    lines = [f"Python: {platform.python_version()}", f"Zeus: {zeus.__version__} (zeus-cpp)"]
    lines += [f"{label}: {_version(label, package)}" for label, package in _PACKAGES.items()]
    return lines


def _gpus() -> list[str]:
    try:
        gpus = get_gpus()
    except ZeusBaseGPUError as error:
        return [f"No GPUs: {error}"]
    lines = [f"Driver: {_machine.machine().driver_version or 'does not tell its version'}"]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    lines.append(f"CUDA_VISIBLE_DEVICES: {'not set' if visible is None else repr(visible)}")
    if not len(gpus):
        lines.append("No GPUs are visible.")
    for index, gpu in enumerate(gpus.gpus):
        lowest, highest = gpu.get_power_management_limit_constraints()
        limit = gpu.get_power_management_limit()
        counter = "an" if gpu.supports_get_total_energy_consumption() else "no"
        lines.append(
            f"GPU {index} (nvidia-smi's {gpu.gpu_index}): {gpu.get_name()}, power limit "
            f"{limit / 1000:g} W of {lowest / 1000:g}-{highest / 1000:g} W, "
            f"{counter} energy counter"
        )
    return lines


def _cpus() -> list[str]:
    lines = []
    for index, cpu in enumerate(get_cpus().cpus):
        memory = "with" if cpu.supports_get_dram_energy_consumption() else "without"
        lines.append(f"CPU {index}: energy counter, {memory} memory's")
    problem = _machine.machine().cpu_problem
    if problem:
        lines.append(problem if lines else f"No CPUs: {problem}")
    return lines or ["No CPUs: Linux shows the energy of none (/sys/class/powercap/intel-rapl)."]


def show_env() -> None:
    """Prints the versions of what is installed, the GPUs and the CPUs."""
    rule = "-" * shutil.get_terminal_size().columns
    sections = {"Packages": _packages, "GPUs": _gpus, "CPUs": _cpus}
    for title, find in sections.items():
        print(f"{rule}\n## {title}\n")
        for line in find():
            print(f"  {line}")
        print()
    print(rule)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="  [%(asctime)s] [%(name)s] %(message)s")
    with program_output():
        show_env()
