# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""Four ranks under torchrun, some of them killed, and a notebook's kernel: no limit is left."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

WORKER = Path(__file__).parent / "killed_worker.py"
PRIOR = [250_000] * 4


def comes_true(condition, patience_s=20):
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def guards():
    """The guards of this machine's jobs: they are started with the journal's folder."""
    folder = os.environ["ZEUS_JOURNAL_DIR"]
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if words[0].endswith("zeus-guard") and folder in words:
            found.append(int(process.name))
    return found


def is_nothing_left(box):
    entries = Path(os.environ["ZEUS_JOURNAL_DIR"]).glob("*.limit*")
    return box.power_limits == PRIOR and not guards() and not list(entries)


def torchrun(folder, steps):
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node=4", str(WORKER), str(folder), str(steps)),
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("victims", ["a rank", "the agent", "all"])
def test_a_killed_job_of_four_ranks_leaves_nothing(simulated_gpus, tmp_path, victims):
    box = simulated_gpus(4, virtual_clock=False, step_seconds=0.004)
    agent = torchrun(tmp_path, 1_000_000)
    reports = [tmp_path / f"{rank}.json" for rank in range(4)]
    ranks = []
    try:
        assert comes_true(lambda: all(report.exists() for report in reports), 120)
        ranks = [json.loads(report.read_text())[0] for report in reports]
        assert len(guards()) == 4
        assert min(box.power_limits) < 250_000
        for victim in {"a rank": ranks[2:3], "the agent": [agent.pid]}.get(
            victims, [agent.pid, *ranks]
        ):
            os.kill(victim, signal.SIGKILL)
        if victims == "the agent":  # which served the store: its ranks train on, untuned
            assert comes_true(lambda: box.power_limits == PRIOR, 60)
            for rank in ranks:
                os.kill(rank, signal.SIGKILL)
        if victims == "all":
            assert comes_true(lambda: box.power_limits == PRIOR, 2)
        assert comes_true(lambda: is_nothing_left(box), 90)
    finally:
        for process in [agent.pid, *ranks]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        agent.communicate()

    for report in reports:
        report.unlink()
    following = torchrun(tmp_path, 60)
    _, said = following.communicate(timeout=240)
    assert following.returncode == 0, said
    assert [json.loads(report.read_text())[1] for report in reports] == PRIOR
    assert "zeus.guard" not in said
    assert "killed" not in said
    assert comes_true(lambda: is_nothing_left(box))


CELL = """
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer
from zeus.simulator import step

plo = GlobalPowerLimitOptimizer(ZeusMonitor(), wait_steps=0, warmup_steps=1, profile_steps=4)
prior = plo.report().prior_power_limit
while plo.current_power_limit == prior:
    plo.on_step_begin()
    step()
    plo.on_step_end()
print(prior)
"""


def outcome_of(client, code):
    outputs = []
    client.execute_interactive(
        code,
        timeout=120,
        output_hook=lambda message: outputs.append(message["content"].get("text", "")),
    )
    return "".join(outputs)


@pytest.mark.parametrize("now", [True, False])
def test_a_notebooks_kernel_that_is_restarted_leaves_nothing(
    simulated_gpus, tmp_path, monkeypatch, now
):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    box = simulated_gpus(4, virtual_clock=False, step_seconds=0.004)
    manager = KernelManager()
    manager.start_kernel()
    try:
        for _ in range(2):  # the second one finds what the first one found
            client = manager.client()
            client.start_channels()
            client.wait_for_ready(timeout=120)
            assert outcome_of(client, CELL).strip() == "250000"
            assert min(box.power_limits) < 250_000
            client.stop_channels()
            manager.restart_kernel(now=now)
            assert comes_true(lambda: box.power_limits == PRIOR, 3)
            assert comes_true(lambda: is_nothing_left(box))
    finally:
        manager.shutdown_kernel(now=True)
    assert comes_true(lambda: is_nothing_left(box))
