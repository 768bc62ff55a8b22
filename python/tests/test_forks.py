# SPDX-FileCopyrightText: 2026 The zeus-cpp authors
# SPDX-License-Identifier: Apache-2.0
"""A process that forks while another of its threads is in a hook or a window."""

import pytest

# Each child is in a process that was forked at another moment of the other thread's work.
PROGRAM = """
import logging, os, signal, sys, threading
from zeus.monitor import PowerMonitor, ZeusMonitor
from zeus.optimizer.power_limit import Energy, GlobalPowerLimitOptimizer
from zeus import _zeus

logging.getLogger("zeus").setLevel(logging.DEBUG)  # the log is busy, too
logging.getLogger("zeus").propagate = False
parent = os.getpid()

class TellsOfChildren(logging.Handler):
    def emit(self, record):
        if os.getpid() != parent and "__Global" in record.getMessage():
            os.write(2, ("the child told: " + record.getMessage()).encode() + b"\\n")

logging.getLogger("zeus").addHandler(TellsOfChildren())
plo = GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 0, 1, 10)
windows = ZeusMonitor()
over = threading.Event()

def train():
    samples = 0
    while not over.is_set():
        plo.on_step_begin()
        _zeus.simulator_step([0])
        if type(plo.state).__name__ == "Done":
            samples += 1
            plo.on_batch_size(samples)  # the search starts anew

def measure():
    while not over.is_set():
        windows.begin_window("w", restart=True)

threads = [threading.Thread(target=work, daemon=True) for work in (train, measure)]
for thread in threads:
    thread.start()
outcomes = []
for number in range(FORKS):
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # a child that hangs is killed by it
        END_OF_CHILD
    outcomes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
over.set()
for thread in threads:
    thread.join()
plo.close()
print(set(outcomes), plo.monitor.gpus.get_power_management_limit(0))
"""


@pytest.mark.parametrize(
    "end",
    [
        "os._exit(7)",
        "sys.exit(7)",
        "plo.on_step_begin(); plo.on_train_end(); plo.close(); sys.exit(7)",
        "del plo, windows; sys.exit(7)",
        "os._exit(7 if ZeusMonitor().window('own').__enter__() else 1)",
    ],
)
def test_a_child_ends_whatever_the_other_threads_were_doing(simulated_gpus, run_script, end):
    simulated_gpus(prior_limit=225)
    result = run_script(PROGRAM.replace("END_OF_CHILD", end).replace("FORKS", "25"))
    lines = [line for line in result.stderr.splitlines() if "fork" not in line]
    assert (result.returncode, result.stdout, lines) == (0, "{7} 225000\n", [])


IDLE_AFTER_A_FORK = """
import os, subprocess, sys, threading, time
from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import Energy, GlobalPowerLimitOptimizer

plo = GlobalPowerLimitOptimizer(ZeusMonitor(), Energy(), 0, 0, 1, 50, idle_timeout=1)

def limit():
    return plo.monitor.gpus.get_power_management_limit(0)

while limit() == 225000:
    plo.on_step_begin()
    time.sleep(0.02)
    plo.on_step_end()

def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)

tuned = limit()
FORK
give_up = time.monotonic() + 20
while limit() == tuned and time.monotonic() < give_up:
    time.sleep(0.01)
print(limit())
plo.close()
"""


@pytest.mark.parametrize(
    "fork",
    [
        "fork()",
        "for _ in range(3): fork()",
        "subprocess.run(['true'], preexec_fn=lambda: None)",
        "thread = threading.Thread(target=fork); thread.start(); thread.join()",
    ],
)
def test_a_job_that_forks_after_its_training_still_goes_idle(simulated_gpus, run_script, fork):
    simulated_gpus(prior_limit=225, virtual_clock=False)
    result = run_script(IDLE_AFTER_A_FORK.replace("FORK", fork))
    assert (result.returncode, result.stdout) == (0, "225000\n"), result.stderr
    if "threading" not in fork:
        assert "multi-threaded" not in result.stderr, "the watch was there when Python counted"


EXIT_OF_A_CHILD = """
import atexit, os, sys, threading, time

before = []

@atexit.register  # called after the package's own
def tell():
    if before:
        print(time.monotonic() - before[0] < 0.8, flush=True)

from zeus.monitor import ZeusMonitor
from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer, OptimumSelector
from zeus import _zeus

selecting = threading.Event()
over = threading.Event()

class Slow(OptimumSelector):
    def select(self, measurements):
        selecting.set()
        over.wait()
        return measurements[0].power_limit

plo = GlobalPowerLimitOptimizer(ZeusMonitor(), Slow(), 0, 0, 1, 50)

def train():
    while not over.is_set():
        plo.on_step_begin()
        _zeus.simulator_step([0])

thread = threading.Thread(target=train, daemon=True)
thread.start()
selecting.wait()
child = os.fork()
if child == 0:
    atexit.register(lambda: before.append(time.monotonic()))
    sys.exit(0)
os.waitpid(child, 0)
over.set()
thread.join()
"""


def test_a_childs_exit_waits_for_no_thread_of_the_parents(simulated_gpus, run_script):
    simulated_gpus(prior_limit=225)
    result = run_script(EXIT_OF_A_CHILD)
    assert (result.returncode, result.stdout) == (0, "True\n"), result.stderr
