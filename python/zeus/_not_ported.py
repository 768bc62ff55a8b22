# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Says of the modules of the Python package zeus that are not here that they are not."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

_INSTEAD = {
    "zeus._legacy": "it only reproduces papers",
    "zeus.device.common": "what an index means is for zeus.device.get_gpus() to say",
    "zeus.device.cpu.rapl": "use zeus.device.get_cpus()",
    "zeus.device.gpu.amd": "only NVIDIA GPUs are supported",
    "zeus.device.soc.apple": "only NVIDIA GPUs are supported",
    "zeus.device.soc.jetson": "only NVIDIA GPUs are supported",
    "zeus.monitor.carbon": "multiply the energy by your grid's carbon intensity",
    "zeus.monitor.power_streaming": "use zeus.monitor.PowerMonitor on each machine",
    "zeus.monitor.price": "multiply the energy by your electricity's price",
    "zeus.optimizer.batch_size": "only the power limit is optimized",
    "zeus.optimizer.pipeline_frequency": "only the power limit is optimized",
    "zeus.profile": "use zeus.monitor.ZeusMonitor",
    "zeus.utils.async_utils": "use asyncio",
    "zeus.utils.lat_lon": "it only finds a place to look up prices for",
    "zeus.utils.logging": "use logging.getLogger()",
    "zeus.utils.lr_scaler": "only the power limit is optimized",
    "zeus.utils.multiprocessing": "no process is spawned",
    "zeus.utils.pydantic_v1": "use pydantic",
    "zeus.utils.zeusd": "the daemon is reached without it",
}


class _NotPorted:
    """Finds no module; asked last, it explains why there is none."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        instead = _INSTEAD.get(fullname)
        if instead is not None:
            raise ImportError(f"zeus-cpp has no {fullname}: {instead}.", name=fullname)
        return None


def install() -> None:
    """Makes importing one of these modules an ImportError that explains itself."""
    if _NotPorted not in sys.meta_path:
        sys.meta_path.append(_NotPorted)
