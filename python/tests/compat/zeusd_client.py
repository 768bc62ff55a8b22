# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Uses a zeusd as programs of the replaced package do, and prints what it was told, as JSON.

ZEUSD_SOCK_PATH names the daemon. Waits for a line before it ends.
"""

import json
import sys

import pynvml
from zeus.monitor.power_streaming import PowerStreamingClient
from zeus.utils.zeusd import ZeusdClient, ZeusdConfig

from zeus.device import get_gpus
from zeus.device.exception import ZeusdError


def limits():
    handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(2)]
    return [pynvml.nvmlDeviceGetPowerManagementLimit(handle) for handle in handles]


def main():
    told = {}
    gpus = get_gpus().gpus
    told["classes"] = [type(gpu).__name__ for gpu in gpus]
    gpus[0].set_power_management_limit(150_000)
    gpus[1].set_power_management_limit(160_000)
    told["limits"] = limits()
    gpus[1].reset_power_management_limit()
    told["after_reset"] = limits()
    gpus[0].set_power_management_limit(170_000, block=False)
    gpus[0].set_power_management_limit(175_000)
    told["after_both"] = limits()
    told["persistence"] = gpus[0].get_persistence_mode()
    gpus[0].set_persistence_mode(True)
    gpus[0].set_gpu_locked_clocks(300, 600)
    gpus[0].set_memory_locked_clocks(405, 405)
    gpus[0].reset_gpu_locked_clocks()
    gpus[0].reset_memory_locked_clocks()

    client = ZeusdClient()
    told["can"] = [client.can_read_gpu, client.can_control_gpu, client.can_read_cpu]
    told["gpu_ids"], told["cpu_ids"] = client.gpu_ids, client.cpu_ids
    told["energy"] = list(client.get_gpu_energy([0, 1]))
    told["power"] = sorted(client.get_gpu_power().power_mw)
    told["power_limit"] = client.get_power_limit([0])
    told["constraints"] = client.get_power_limit_constraints([1])
    told["cpu_energy"] = [
        [each.cpu_energy_uj is not None, each.dram_energy_uj is not None]
        for each in client.get_cpu_energy().values()
    ]
    told["cpu_power"] = sorted(client.get_cpu_power().power_mw)
    told["time"] = client.get_time() > 1.7e9
    try:
        client.set_power_limit([0], 1000)
    except ZeusdError as error:
        told["error"] = str(error)

    stream = PowerStreamingClient([ZeusdConfig.from_env()])
    for readings in stream:
        (latest,) = readings.values()
        if len(latest.gpu_power_w) == 2 and len(latest.cpu_power_w) == 1:
            told["streamed"] = sorted(latest.gpu_power_w)
            break
    stream.stop()
    print(json.dumps(told), flush=True)
    sys.stdin.readline()


main()
