# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Run on simulated GPUs: lets one client look at them, and prints what it saw beside the truth.

run_client.py CLIENT prints one JSON object: the client's figures, and the model's own.
"""

import ctypes
import json
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent


class Truth(ctypes.Structure):
    """What the simulator knows of a GPU: zeus_sim_truth_t."""

    _fields_ = [
        ("energy_j", ctypes.c_double),
        ("elapsed_s", ctypes.c_double),
        ("busy_s", ctypes.c_double),
        ("watts", ctypes.c_double),
        ("steps", ctypes.c_ulonglong),
    ]


driver = ctypes.CDLL("libnvidia-ml.so.1")


def truth(gpu):
    answer = Truth()
    assert driver.zeus_sim_truth(gpu, ctypes.byref(answer)) == 0
    return answer


def step(gpus):
    assert driver.zeus_sim_step((ctypes.c_uint * len(gpus))(*gpus), len(gpus)) == 0


@contextmanager
def job(gpus):
    """Another process trains on each GPU during the block; gives its number and the GPUs' draw."""
    command = [sys.executable, __file__, "train", str(len(gpus))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "training\n"
            time.sleep(1.5)  # longer than any sensor's window
            yield process.pid, [truth(gpu).watts for gpu in gpus]
        finally:
            process.kill()


def train(gpus):
    """One step on each GPU by itself, for as long as it takes."""
    before = [truth(gpu).watts for gpu in gpus]
    threads = [threading.Thread(target=step, args=([gpu],)) for gpu in gpus]
    for thread in threads:
        thread.start()
    while any(truth(gpu).watts == idle for gpu, idle in zip(gpus, before, strict=True)):
        time.sleep(0.01)
    print("training", flush=True)
    for thread in threads:
        thread.join()


def nvidia_ml_py(gpus):
    import pynvml

    pynvml.nvmlInit()
    handles = [pynvml.nvmlDeviceGetHandleByIndex(gpu) for gpu in gpus]
    with job(gpus) as (pid, model_watts):
        watts = [pynvml.nvmlDeviceGetPowerUsage(handle) / 1000 for handle in handles]
        pids = [
            [process.pid for process in pynvml.nvmlDeviceGetComputeRunningProcesses(handle)]
            for handle in handles
        ]
        fields = [
            pynvml.nvmlDeviceGetFieldValues(handle, [pynvml.NVML_FI_DEV_POWER_INSTANT])[0]
            for handle in handles
        ]
        instant = [field.value.uiVal / 1000 for field in fields]
        names = [pynvml.nvmlDeviceGetName(handle) for handle in handles]
        memory = [
            pynvml.nvmlDeviceGetMemoryInfo(handle, pynvml.nvmlMemory_v2) for handle in handles
        ]
    energies = []
    for handle, gpu in zip(handles, gpus, strict=True):
        counted = pynvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1000
        energies.append((counted, truth(gpu).energy_j))
    limits = []
    for handle in handles:
        low, _ = pynvml.nvmlDeviceGetPowerManagementLimitConstraints(handle)
        pynvml.nvmlDeviceSetPowerManagementLimit(handle, low)
        limits.append((low, pynvml.nvmlDeviceGetPowerManagementLimit(handle)))
    pynvml.nvmlShutdown()
    return {
        "job_pid": pid,
        "model_watts": model_watts,
        "watts": watts,
        "instant_watts": instant,
        "pids": pids,
        "names": names,
        "memory_adds_up": [m.used + m.free + m.reserved == m.total for m in memory],
        "energies_j": energies,
        "limits_mw": limits,
    }


def gpustat(gpus):
    with job(gpus) as (pid, model_watts):
        out = subprocess.run(
            [BIN / "gpustat", "--json"], capture_output=True, text=True, check=True
        ).stdout
    found = json.loads(out)["gpus"]
    return {
        "job_pid": pid,
        "model_watts": model_watts,
        "watts": [gpu["power.draw"] for gpu in found],
        "limits_w": [gpu["enforced.power.limit"] for gpu in found],
        "names": [gpu["name"] for gpu in found],
        "pids": [[process["pid"] for process in gpu["processes"]] for gpu in found],
        "utilization": [gpu["utilization.gpu"] for gpu in found],
    }


def nvitop(gpus):
    with job(gpus) as (pid, model_watts):
        out = subprocess.run(
            [BIN / "nvitop", "-1", "--no-unicode"], capture_output=True, text=True, check=True
        ).stdout
    pairs = re.findall(r"(\d+)W / +(\d+)W", out)
    return {
        "job_pid": pid,
        "model_watts": model_watts,
        "watts": [int(watts) for watts, _ in pairs],
        "limits_w": [int(limit) for _, limit in pairs],
        "pids": [[int(pid)] for pid in re.findall(r"^\| +\d+ +(\d+) C ", out, re.MULTILINE)],
        "text": out,
    }


def codecarbon(gpus):
    from codecarbon import OfflineEmissionsTracker

    tracker = OfflineEmissionsTracker(
        country_iso_code="FRA", save_to_file=False, log_level="error", measure_power_secs=1
    )
    tracker.start()
    before = [truth(gpu).energy_j for gpu in gpus]
    for _ in range(20):
        step(gpus)
    after = [truth(gpu).energy_j for gpu in gpus]
    tracker.stop()
    joules = tracker.final_emissions_data.gpu_energy * 3.6e6
    return {"energy_j": joules, "model_energy_j": sum(after) - sum(before)}


def main():
    gpus = list(range(int(sys.argv[2])))
    if sys.argv[1] == "train":
        train(gpus)
        return
    clients = {
        "nvidia-ml-py": nvidia_ml_py,
        "gpustat": gpustat,
        "nvitop": nvitop,
        "codecarbon": codecarbon,
    }
    print(json.dumps(clients[sys.argv[1]](gpus)))


main()
